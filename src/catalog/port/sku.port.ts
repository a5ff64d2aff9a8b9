import { rule } from '../../http/validation/fields.js';

const SKU = /^(?!\.{1,2}$)[A-Za-z0-9._:-](?:[A-Za-z0-9._: -]{0,62}[A-Za-z0-9._:-])?$/;

/** The schema of a SKU in the OpenAPI document, in bodies and in paths. */
export const SKU_SCHEMA = { type: 'string', pattern: SKU.source } as const;

/** @returns whether `value` can be the SKU of a product: 1 to 64 of `A-Z a-z 0-9 . _ : -`, with blanks inside only */
export function isSku(value: unknown): value is string {
  return typeof value === 'string' && SKU.test(value);
}

/** Checks that a field of a DTO can be a SKU, see {@link isSku}. It does not check that the product exists. */
export function IsSku(): PropertyDecorator {
  const message = 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : - and, inside, blanks';
  return rule('isSku', message, isSku, SKU_SCHEMA);
}
