import type { SchemaObject } from '../../http/openapi/operations.js';
import { registerProblems, type ProblemKind } from '../../http/problems/problem-codes.js';

const PRODUCT_PROBLEMS = {
  // Everybody may read products, so keeping this refusal reveals nothing.
  PRODUCT_NOT_FOUND: { status: 404, title: 'Product not found', isKept: true },
  AMOUNT_OUT_OF_RANGE: { status: 422, title: 'The amount is out of range' },
} as const satisfies Record<string, ProblemKind>;

declare module '../../http/problems/problem-codes.js' {
  interface ProblemCodes {
    readonly catalog: keyof typeof PRODUCT_PROBLEMS;
  }
}

const AMOUNT: SchemaObject = { type: 'integer', format: 'int64', minimum: 0 };

registerProblems(PRODUCT_PROBLEMS, {
  minimum: { ...AMOUNT, description: 'AMOUNT_OUT_OF_RANGE: the least that is taken.' },
  maximum: { ...AMOUNT, description: 'The same: the most that is taken.' },
});
