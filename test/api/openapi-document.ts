import { withoutReferences } from '../../src/http/openapi/testing/without-references.js';
import type { Cart } from '../support/shop.js';

/** What the specs look at in an OpenAPI document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, { readonly 'x-example'?: string } | undefined>>;
  };
}

interface OperationObject {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-callers'?: readonly string[];
  readonly tags?: readonly string[];
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

interface ParameterObject {
  readonly name: string;
  readonly in: string;
  readonly example?: unknown;
  readonly schema?: { readonly example?: unknown; readonly default?: unknown };
}

type Content = Readonly<Record<string, MediaType | undefined>>;

interface MediaType {
  readonly schema?: { readonly example?: unknown };
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A route of the document, and what is told of it. */
export interface Operation extends OperationObject {
  readonly method: string;
  readonly path: string;
}

/** @returns all operations, in the order of the document, with what they share with others written out */
export function operationsOf(document: OpenApiDocument): Operation[] {
  const { paths } = withoutReferences(document);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** @returns the examples of a body, whichever way they are given */
export function examplesOf(content: Content = {}, type = 'application/json'): unknown[] {
  const { schema, example, examples } = content[type] ?? {};
  const named = Object.values(examples ?? {}).map(({ value }) => value);
  return [...named, example, schema?.example].filter((one) => one !== undefined);
}

/** @returns the documented statuses from `from` up to 99 above it */
export function statuses({ responses }: Operation, from: number): number[] {
  return Object.keys(responses)
    .map(Number)
    .filter((status) => status >= from && status < from + 100);
}

/** A request as the document has it, with the ids of a cart and items that are there. */
export function filledIn(text: string, cart: Pick<Cart, 'id' | 'items'>): string {
  const [first, ...others] = cart.items.map(({ id }) => id);
  const left = [first, ...others];
  return text
    .replace('{cartId}', cart.id)
    .replace('{itemId}', first ?? '')
    .replace('{sku}', 'MUG-1')
    .replace('{name}', 'carts')
    .replace(/"itemId":"[^"]*"/g, () => `"itemId":"${left.shift() ?? ''}"`);
}
