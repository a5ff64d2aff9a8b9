import type { OpenAPIObject } from '@nestjs/swagger';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
export type ResponseObject = Exclude<Operation['responses'][string], { $ref: string } | undefined>;
export type Header = Exclude<NonNullable<ResponseObject['headers']>[string], { $ref: string }>;
export type SchemaOrReference = NonNullable<
  NonNullable<NonNullable<ResponseObject['content']>[string]>['schema']
>;
export type Schema = Exclude<SchemaOrReference, { $ref: string }>;

/**
 * @param held something of the document, or where in the document it is
 * @returns the thing itself
 * @throws Error for a reference that leads nowhere
 */
export function follow<T extends object>(document: OpenAPIObject, held: T | { readonly $ref: string }): T {
  if (!('$ref' in held)) return held;
  const [root, ...names] = held.$ref.split('/');
  let found: unknown = root === '#' ? document : undefined;
  for (const name of names) found = (found as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (found === undefined)
    throw new Error(`The document refers to ${held.$ref}, and there is no such thing.`);
  return follow(document, found as T);
}
