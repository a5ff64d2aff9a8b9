import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { DocumentedOperation } from '../http/openapi/operations.js';
import { ApiProblems } from '../http/openapi/problems.js';

/** Kinds of callers; `anybody` needs no credentials. */
export type CallerKind = 'anybody' | 'guest' | 'customer' | 'admin' | 'service';

const MARK = 'x-callers';
const SIGNED_IN: readonly CallerKind[] = ['customer', 'admin', 'service'];

/** The token in examples. Swagger UI replaces it by the token of the last cart that was opened. */
export const EXAMPLE_CART_TOKEN = 'pD4Yf0cQ1mB7s6Jx2vK8hR3tZ9wL5nE0aG7uC4iO1yM';

/** The security schemes of the document. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: '`sub` is the customer. With `admin` or `service` in `roles`: staff, and other systems.',
  },
  customer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A customer's JWT, for operations that only customers may call. Sent in the same header.",
  },
  cartToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Cart-Token',
    description: "For a guest's cart: `token` of the answer that opened it.",
    'x-example': EXAMPLE_CART_TOKEN,
  },
} as const;

const WORDS: Readonly<Record<CallerKind, string>> = {
  anybody: 'anybody',
  guest: "guests with the cart's token",
  customer: 'customers for what is theirs',
  admin: 'admins',
  service: 'services',
};

/** Documents who may call an operation (or all of a controller), as `x-callers`. */
export function ApiCallers(...callers: CallerKind[]): MethodDecorator & ClassDecorator {
  const turnsAway = !callers.includes('anybody') && SIGNED_IN.some((kind) => !callers.includes(kind));
  return applyDecorators(ApiExtension(MARK, callers), ...(turnsAway ? [ApiProblems('FORBIDDEN')] : []));
}

/** Describes the credentials of an operation that declares its callers. */
export function describeCallers({ operation }: DocumentedOperation): void {
  if (!(MARK in operation)) return;
  const callers = operation[MARK] as readonly CallerKind[];
  const isOpen = callers.includes('anybody');
  const sentence = `For ${callers.map((kind) => WORDS[kind]).join(', ')}.`;
  operation.description = [operation.description, sentence].filter(Boolean).join(' ');
  // An operation may declare a combination of credentials itself.
  operation.security ??= [
    ...(isOpen ? [{}] : []),
    ...(callers.includes('guest') ? [{ cartToken: [] }] : []),
    ...(callers.some((kind) => kind !== 'anybody' && kind !== 'guest') ? [{ [schemeOf(callers)]: [] }] : []),
  ];
  if (callers.length === 1 && isOpen) operation.security = [];
}

/**
 * Operations for customers only have a scheme of their own, so that a client can hold a customer's and a staff token.
 */
function schemeOf(callers: readonly CallerKind[]): keyof typeof SECURITY_SCHEMES {
  return callers.length === 1 && callers[0] === 'customer' ? 'customer' : 'bearer';
}
