import type { OpenAPIObject } from '@nestjs/swagger';
import { API_PREFIX } from '../route-options.js';
import { SECURE_HEADERS } from '../secure-headers.js';

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type ResponseObject = Exclude<OperationObject['responses'][string], { $ref: string } | undefined>;
type HeaderObject = Exclude<NonNullable<ResponseObject['headers']>[string], { $ref: string }>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** For answers that are of this moment only. */
export const NOT_STORED: Record<string, HeaderObject> = {
  'Cache-Control': {
    description: 'Not to be kept by anybody.',
    required: true,
    schema: { type: 'string', enum: ['no-store'] },
  },
};

interface Place {
  readonly path: string;
  readonly method: string;
  readonly status: number;
}

/** A header of many answers, and where it may be met: everywhere unless `on` says otherwise. */
interface CommonHeader {
  readonly header: HeaderObject;
  readonly on?: (place: Place) => boolean;
}

/** Headers that no controller sets. What a hook adds to answers gets a line here; what a response says itself goes before it. */
const COMMON_HEADERS: Readonly<Record<string, CommonHeader>> = {
  'X-Request-Id': {
    header: {
      description: 'That of the request, or a new one.',
      required: true,
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    },
  },
  'Cache-Control': ofBrowsers('cache-control', 'To be kept by the caller alone, and asked for anew.'),
  'Content-Security-Policy': ofBrowsers('content-security-policy', 'Nothing in it is to be run.'),
  'Referrer-Policy': ofBrowsers('referrer-policy', 'Nobody is told where a caller comes from.'),
  'X-Content-Type-Options': ofBrowsers('x-content-type-options', 'It is what its type says.'),
  'X-Frame-Options': ofBrowsers('x-frame-options', 'It is shown in no frame.'),
  'RateLimit-Policy': ofRate('`q` requests a caller in `w` seconds.', '"caller";q=200;w=1'),
  RateLimit: ofRate('`r` of them are left, and all again in `t` seconds.', '"caller";r=199;t=1'),
  'RateLimit-Limit': ofRate('Requests a caller, for clients that know the older names.', 200),
  'RateLimit-Remaining': ofRate('How many are left.', 199),
  'RateLimit-Reset': ofRate('Seconds until all are there again.', 1),
};

function ofBrowsers(name: keyof typeof SECURE_HEADERS, description: string): CommonHeader {
  return {
    header: { description, required: true, schema: { type: 'string', enum: [SECURE_HEADERS[name]] } },
  };
}

/** They are there once it is known who calls, unless the limit is off. */
function ofRate(description: string, example: string | number): CommonHeader {
  const schema =
    typeof example === 'number'
      ? { type: 'integer' as const, minimum: 0, example }
      : { type: 'string' as const, example };
  return { header: { description, schema }, on: ({ path }) => path.startsWith(`/${API_PREFIX}/`) };
}

/** Adds to every response of `document` the headers that it has in common with others. */
export function addHeaders(document: OpenAPIObject): void {
  const headers = Object.entries(COMMON_HEADERS).map(([name, { header }]) => [name, header] as const);
  document.components = { ...document.components, headers: Object.fromEntries(headers) };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      for (const [status, response] of Object.entries(item[method]?.responses ?? {})) {
        if (response !== undefined && !('$ref' in response)) {
          addTo(response, { path, method, status: Number(status) });
        }
      }
    }
  }
}

function addTo(response: ResponseObject, place: Place): void {
  const names = Object.keys(COMMON_HEADERS).filter((name) => COMMON_HEADERS[name]?.on?.(place) ?? true);
  const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }] as const);
  response.headers = { ...Object.fromEntries(references), ...response.headers };
}
