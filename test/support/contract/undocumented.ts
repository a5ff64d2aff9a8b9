import type { Exchange } from './documented-api.js';

/** What is answered where no operation of the document is. */
const REFUSALS: Readonly<Record<number, readonly string[]>> = {
  400: ['INVALID_HEADER'],
  404: ['NOT_FOUND'],
  405: ['METHOD_NOT_ALLOWED'],
  431: ['HEADERS_TOO_LARGE'],
  503: ['OVERLOADED'],
};

/** @returns what is wrong with the answer to a request that fits no operation: it has to be refused, in the shape of every error */
export function undocumentedDifferences(
  { method, status, headers, text }: Exchange,
  problemDifferences: (value: unknown) => string[],
): string[] {
  const codes = REFUSALS[status];
  if (codes === undefined) return ['no operation of the document is there'];
  const found = headers['x-request-id'] === undefined ? ['the header x-request-id is missing'] : [];
  if (status === 405 && headers['allow'] === undefined) found.push('the header allow is missing');
  if (headers['content-type']?.startsWith('application/problem+json') !== true)
    found.push('it is no problem');
  if (method === 'HEAD' || found.length > 0) return found;
  const problem = JSON.parse(text) as { readonly code: string };
  if (!codes.includes(problem.code)) found.push(`${problem.code} is none of ${codes.join(', ')}`);
  return [...found, ...problemDifferences(problem)];
}
