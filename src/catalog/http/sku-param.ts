import { HttpProblem } from '../../http/problems/problem.js';
import { SKU_SCHEMA } from '../port/sku.port.js';

export { isSku } from '../port/sku.port.js';

/** The SKU in a path, as the OpenAPI document has it. */
export const SKU_PARAM = { name: 'sku', schema: { ...SKU_SCHEMA, example: 'MUG-1' } };

/** @returns the refusal of a path with a SKU that no product can have */
export function malformedSku(): HttpProblem {
  const message = 'must be 1 to 64 of A-Z a-z 0-9 . _ : - with blanks inside at most';
  return new HttpProblem('VALIDATION_FAILED', `The SKU in the path ${message}.`, {
    errors: [{ pointer: '/sku', code: 'IS_SKU', message }],
  });
}
