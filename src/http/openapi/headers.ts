import { SECURE_HEADERS } from '../server/secure-headers.js';
import { responsesOf, type DocumentedOperation, type HeaderObject } from './operations.js';

/** The header of answers that are valid only at this moment. */
export const NOT_STORED: Record<string, HeaderObject> = {
  'Cache-Control': {
    description: 'Nobody may store it.',
    required: true,
    schema: { type: 'string', enum: ['no-store'] },
  },
};

/** A header of many answers. `on` decides which answers have it; without `on`, all of them. */
interface CommonHeader {
  readonly header: HeaderObject;
  readonly on?: (operation: DocumentedOperation, status: number) => boolean;
}

/**
 * Headers that no controller sets: one line for each header that a hook adds. A response's own declaration wins.
 */
const COMMON_HEADERS: Readonly<Record<string, CommonHeader>> = {
  'X-Request-Id': {
    header: {
      description: 'That of the request, or a new one.',
      required: true,
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    },
  },
  'Cache-Control': ofBrowsers('cache-control', 'Only the caller may store it, and must revalidate it.'),
  'Content-Security-Policy': ofBrowsers('content-security-policy', 'Nothing in it may be executed.'),
  'Referrer-Policy': ofBrowsers('referrer-policy', 'No referrer is sent.'),
  'X-Content-Type-Options': ofBrowsers('x-content-type-options', 'The type is not guessed.'),
  'X-Frame-Options': ofBrowsers('x-frame-options', 'No frame may show it.'),
  'RateLimit-Policy': ofRate('`q` requests a caller in `w` seconds.', '"caller";q=200;w=1'),
  RateLimit: ofRate('`r` of them are left; the window ends in `t` seconds.', '"caller";r=199;t=1'),
  'RateLimit-Limit': ofRate('Requests a caller, for clients that know the older names.', 200),
  'RateLimit-Remaining': ofRate('Requests left in the window.', 199),
  'RateLimit-Reset': ofRate('Seconds until the window ends.', 1),
  'Idempotent-Replayed': {
    header: {
      description: '`true` if this is the answer to an earlier request with the same key.',
      schema: { type: 'string', enum: ['true'] },
    },
    on: ({ isOfApi, isChange }, status) => isOfApi && isChange && isKept(status),
  },
};

function ofBrowsers(name: keyof typeof SECURE_HEADERS, description: string): CommonHeader {
  return {
    header: { description, required: true, schema: { type: 'string', enum: [SECURE_HEADERS[name]] } },
  };
}

/** Statuses of refusals that come before the caller is known. */
const OF_NOBODY: readonly number[] = [406, 408, 431];

/** A header of answers that are sent after the caller is known, unless the limit is off. */
function ofRate(description: string, example: string | number): CommonHeader {
  const schema =
    typeof example === 'number'
      ? { type: 'integer' as const, minimum: 0, example }
      : { type: 'string' as const, example };
  return {
    header: { description, schema },
    on: ({ isOfApi }, status) => isOfApi && !OF_NOBODY.includes(status),
  };
}

/** Whether an answer with this status may be repeated. */
function isKept(status: number): boolean {
  return status < 300 || [403, 404, 409, 422].includes(status);
}

/** Adds the headers that answers have in common to the responses that the operation has so far. */
export function describeHeaders(documented: DocumentedOperation): void {
  for (const [status, response] of responsesOf(documented.operation)) {
    const common = Object.entries(COMMON_HEADERS)
      .filter(([, { on }]) => on?.(documented, Number(status)) ?? true)
      .map(([name, { header }]) => [name, header] as const);
    response.headers = { ...Object.fromEntries(common), ...response.headers };
  }
}
