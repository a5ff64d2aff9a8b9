import type { OpenAPIObject } from '@nestjs/swagger';
import { API_PREFIX } from '../server/route-options.js';

interface Reference {
  readonly $ref: string;
}

export type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
export type ResponseObject = Exclude<OperationObject['responses'][string], Reference | undefined>;
export type HeaderObject = Exclude<NonNullable<ResponseObject['headers']>[string], Reference>;
export type SchemaObject = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string],
  Reference
>;

/** An operation of the document, with its place. */
export interface DocumentedOperation {
  readonly path: string;
  readonly operation: OperationObject;
  /** Whether it belongs to the API; health checks and metrics do not. */
  readonly isOfApi: boolean;
  /** Whether it may change something: any method but GET. */
  readonly isChange: boolean;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** @returns every operation of `document`; describers modify them in place */
export function operationsOf({ paths }: OpenAPIObject): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      return { path, operation, isOfApi: path.startsWith(`/${API_PREFIX}/`), isChange: method !== 'get' };
    }),
  );
}

/** @returns the responses of an operation by status. None is a reference before components are shared. */
export function responsesOf({ responses }: OperationObject): [status: string, response: ResponseObject][] {
  return Object.entries(responses).flatMap(([status, response]) =>
    response === undefined || '$ref' in response ? [] : [[status, response]],
  );
}
