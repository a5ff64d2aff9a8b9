import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { replyIfChanged, type LookCondition } from '../../http/headers/conditions.js';
import { versionTag } from '../../http/headers/etag.js';
import { MINIMAL_APPLIED } from '../../http/headers/prefer.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import type { Addition } from '../domain/cart.decisions.js';
import { sameOptions } from '../domain/item-options.js';
import { cartDto, type CartDto, type CartVersionDto } from './cart.dto.js';

/** Characters of the hash: enough that two sets of notices of one version never meet. */
const HASH_LENGTH = 16;
const JSON_TYPE = 'application/json; charset=utf-8';

/** The entity tag of a cart: it changes with the cart and with its notices. */
export function cartTag({ cart, notices }: CartAnswer): string {
  if (notices.length === 0) return versionTag(cart.version);
  const hash = createHash('sha256').update(JSON.stringify(notices)).digest('hex').slice(0, HASH_LENGTH);
  return versionTag(cart.version, hash);
}

/**
 * Whether an addition has made a new item: quantities add up, so one that was there is larger now than what was added. Told by what
 * is in the cart, as it must come out the same when the request is repeated, which then has another id to give.
 */
export function hasNewItem({ cart }: CartAnswer, sku: string, { options, quantity }: Addition): boolean {
  return cart.items.some(
    (item) => item.sku === sku && item.quantity === quantity && sameOptions(item.options, options),
  );
}

/** Answers a change of a cart: the whole cart, or its version alone where that is preferred. */
export function replyAfterChange(
  reply: FastifyReply,
  answer: CartAnswer,
  minimal: boolean,
): CartDto | CartVersionDto {
  reply.header('etag', cartTag(answer));
  if (!minimal) return cartDto(answer);
  reply.header('preference-applied', MINIMAL_APPLIED);
  return { id: answer.cart.id, version: answer.cart.version };
}

/** An answer as it is sent. */
interface SentCart {
  readonly tag: string;
  /** A {@link CartDto} as JSON; `undefined` until it is needed. */
  json?: string;
}

/** An answer that a query gives again is sent as it was the first time. */
const sent = new WeakMap<CartAnswer, SentCart>();

/**
 * Answers a look at a cart.
 * @returns a {@link CartDto} as JSON; `undefined` for a caller that has it already
 */
export function replyWithCart(
  reply: FastifyReply,
  answer: CartAnswer,
  condition: LookCondition,
): string | undefined {
  const known = sent.get(answer) ?? { tag: cartTag(answer) };
  sent.set(answer, known);
  const body = (): string => {
    reply.header('content-type', JSON_TYPE);
    return (known.json ??= JSON.stringify(cartDto(answer)));
  };
  return replyIfChanged(reply, { version: answer.cart.version, tag: known.tag, body }, condition);
}
