import type { Header } from './document.js';

/** A header of a response of the document. */
export interface DescribedHeader {
  /** In lower case. */
  readonly name: string;
  readonly header: Header;
  readonly validate: (value: unknown) => string[];
}

/** What carries an answer, and says nothing that a client of this API decides by. */
const TRANSPORT = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
]);
const CROSS_ORIGIN = 'access-control-';

/**
 * @param headers of an answer, names in lower case
 * @param described what the document says of this status
 * @param code of the problem, if it is one
 * @returns which headers are missing, not documented, or not as documented
 */
export function headerDifferences(
  headers: Readonly<Record<string, string | undefined>>,
  described: readonly DescribedHeader[],
  code: string | undefined,
): string[] {
  const names = new Set(described.map(({ name }) => name));
  const unknown = Object.keys(headers).filter(
    (name) => !TRANSPORT.has(name) && !name.startsWith(CROSS_ORIGIN) && !names.has(name),
  );
  return [
    ...unknown.map((name) => `the header ${name} is not documented`),
    ...described.flatMap((one) => differencesOf(one, headers[one.name], code)),
  ];
}

function differencesOf(
  { name, header, validate }: DescribedHeader,
  value: string | undefined,
  code?: string,
): string[] {
  const codes = (header as { readonly 'x-codes'?: readonly string[] })['x-codes'];
  const isRequired = codes === undefined ? header.required === true : codes.includes(String(code));
  if (value === undefined) return isRequired ? [`the header ${name} is missing`] : [];
  if (codes !== undefined && !isRequired) return [`the header ${name} is not documented for ${String(code)}`];
  return validate(isNumeric(header) ? Number(value) : value).map((one) => `in the header ${name}, ${one}`);
}

function isNumeric({ schema }: Header): boolean {
  return schema !== undefined && 'type' in schema && schema.type === 'integer';
}
