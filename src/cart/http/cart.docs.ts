import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  getSchemaPath,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { ApiChangeConditions, ApiReadConditions } from '../../http/openapi/conditions.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { PREFER } from '../../http/openapi/request-headers.js';
import type { ProblemCode } from '../../http/problems/problem-codes.js';
import { MAX_MIN_VERSION } from './cart-request.js';
import { CartDto, CartVersionDto } from './cart.dto.js';
import { CART_ID, EXAMPLES } from './cart.examples.js';

const ETAG = {
  ETag: {
    description: 'The version, and a hash of the notices if there are any.',
    required: true,
    schema: { type: 'string' as const, pattern: '^"\\d+(-[0-9a-f]+)?"$', example: '"2-5b8f0c9de1a27740"' },
  },
};

const MIN_VERSION_HEADER = {
  name: 'X-Min-Version',
  required: false,
  description: 'A version that the answer must have reached. 404 if the cart has not reached it.',
  schema: { type: 'integer', minimum: 0, maximum: MAX_MIN_VERSION },
};

/** Documents a route below a cart. */
export function ApiOfCart(summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiParam({ name: 'cartId', schema: { type: 'string', format: 'uuid', example: CART_ID } }),
    ApiProblems('CART_NOT_FOUND'),
  );
}

/** Documents a success with one example. */
export function ApiAnswer(
  status: number,
  type: Type<unknown>,
  description: string,
  example: object,
): MethodDecorator {
  return ApiResponse({ status, type, description, example });
}

/** Documents the answer to a change: a cart, or its version alone. */
export function ApiCartAnswer(
  status: number,
  description: string,
  headers: ApiResponseOptions['headers'] = {},
  example: object = EXAMPLES.cart,
  minimal: object = EXAMPLES.version,
): MethodDecorator {
  // A whole cart matches both schemas, hence anyOf.
  const schema = { anyOf: [{ $ref: getSchemaPath(CartDto) }, { $ref: getSchemaPath(CartVersionDto) }] };
  const examples = {
    cart: { summary: 'The whole cart', value: example },
    minimal: { summary: 'With Prefer: return=minimal', value: minimal },
  };
  const applied = {
    description: 'The preference that was applied.',
    schema: { type: 'string' as const, enum: ['return=minimal'] },
  };
  return applyDecorators(
    ApiExtraModels(CartDto, CartVersionDto),
    ApiHeader(PREFER),
    ApiResponse({
      status,
      description,
      headers: { ...ETAG, 'Preference-Applied': applied, ...headers },
      content: { 'application/json': { schema, examples } },
    }),
  );
}

/** Documents a change of a cart, with the problems that every change can have and those in `codes`. */
export function ApiCartChange(summary: string, ...codes: ProblemCode[]): MethodDecorator {
  return applyDecorators(
    ApiOfCart(summary),
    ApiChangeConditions(),
    ApiProblems('CART_CLOSED', 'TOO_MUCH_CONTENTION', ...codes),
  );
}

/** Documents a read of a cart. */
export function ApiCartLook(summary: string, type: Type<unknown>, example: object): MethodDecorator {
  return applyDecorators(
    ApiOfCart(summary),
    ApiHeader(MIN_VERSION_HEADER),
    ApiReadConditions(ETAG),
    ApiResponse({ status: 200, type, description: 'The requested data.', example, headers: ETAG }),
    ApiProblems('VERSION_NOT_FOUND', 'VIEW_BEHIND'),
  );
}
