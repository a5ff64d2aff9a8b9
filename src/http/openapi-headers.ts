import type { OpenAPIObject } from '@nestjs/swagger';

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

/** A header of many answers, and where it may be met: everywhere unless `on` says otherwise. */
interface CommonHeader {
  readonly header: HeaderObject;
  readonly on?: (place: {
    readonly path: string;
    readonly method: string;
    readonly status: number;
  }) => boolean;
}

/** Headers that no controller sets. What a hook adds to answers gets a line here. */
const COMMON_HEADERS: Readonly<Record<string, CommonHeader>> = {
  'X-Request-Id': {
    header: {
      description: 'That of the request, or a new one.',
      required: true,
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    },
  },
};

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

function addTo(response: ResponseObject, place: Parameters<NonNullable<CommonHeader['on']>>[0]): void {
  const names = Object.keys(COMMON_HEADERS).filter((name) => COMMON_HEADERS[name]?.on?.(place) ?? true);
  const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }] as const);
  response.headers = { ...response.headers, ...Object.fromEntries(references) };
}
