import { createHash } from 'node:crypto';
import { createParamDecorator, HttpStatus, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { replyIfChanged, type ReadCondition } from '../../http/headers/conditions.js';
import { versionTag } from '../../http/headers/etag.js';
import { MINIMAL_APPLIED, prefersMinimal } from '../../http/headers/prefer.js';
import { API_PREFIX } from '../../http/server/route-options.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import type { CartContent } from '../answers/cart-content.js';
import { cartDto, type CartDto, type CartVersionDto } from './cart.dto.js';
import { itemDtos, type ItemsDto } from './item.dto.js';

/** Characters of the hash in a tag: enough to distinguish all sets of notices of one version. */
const HASH_LENGTH = 16;
const JSON_TYPE = 'application/json; charset=utf-8';
/** JSON with more characters for each row of the cart is made anew each time, so that few hostile carts fill no memory. */
const KEPT_CHARACTERS_PER_ROW = 1_000;

/** The entity tag of a cart: it changes with the cart and with its notices. */
export function cartTag({ cart, notices }: CartAnswer): string {
  if (notices.length === 0) return versionTag(cart.version);
  const hash = createHash('sha256').update(JSON.stringify(notices)).digest('hex').slice(0, HASH_LENGTH);
  return versionTag(cart.version, hash);
}

/** An answer as it is sent. */
interface SentCart {
  readonly tag: string;
  /** A {@link CartDto} as JSON; `undefined` until it is needed, and where it is too large to be kept. */
  json?: string;
}

/** The tag and JSON of answer objects that a query may return again. */
const sent = new WeakMap<CartAnswer, SentCart>();

/** The body of the answer to a change: the cart, or only its version if the caller prefers that. */
export type ChangedCart = CartDto | CartVersionDto;

/** Answers one request with a cart: entity tag, status, and as much of the cart as the caller prefers. */
export class CartReply {
  constructor(
    private readonly reply: FastifyReply,
    private readonly isMinimal: boolean,
  ) {}

  /** Answers a change. */
  changed(answer: CartAnswer, status = HttpStatus.OK): ChangedCart {
    this.reply.code(status).header('etag', cartTag(answer));
    if (!this.isMinimal) return cartDto(answer);
    this.reply.header('preference-applied', MINIMAL_APPLIED);
    return { id: answer.cart.id, version: answer.cart.version };
  }

  /** As {@link changed}, for a cart that was opened just now. */
  opened(answer: CartAnswer): ChangedCart {
    this.reply.header('location', `/${API_PREFIX}/carts/${answer.cart.id}`);
    return this.changed(answer, HttpStatus.CREATED);
  }

  /**
   * Answers a read of a cart.
   * @returns a {@link CartDto} as JSON; `undefined` (304) for a caller that has it already
   * @throws HttpProblem `VERSION_MISMATCH`
   */
  shown(answer: CartAnswer, condition: ReadCondition): string | undefined {
    const { version } = answer.cart;
    const known: SentCart = sent.get(answer) ?? { tag: cartTag(answer) };
    sent.set(answer, known);
    const body = (): string => {
      this.reply.header('content-type', JSON_TYPE);
      if (known.json !== undefined) return known.json;
      const json = JSON.stringify(cartDto(answer));
      if (json.length <= KEPT_CHARACTERS_PER_ROW * (1 + answer.cart.items.length)) known.json = json;
      return json;
    };
    return replyIfChanged(this.reply, { version, tag: known.tag, body }, condition);
  }

  /** As {@link shown}, with the items alone. */
  shownItems({ version, items, currency }: CartContent, condition: ReadCondition): ItemsDto | undefined {
    const body = (): ItemsDto => ({ items: itemDtos(items, currency) });
    return replyIfChanged(this.reply, { version, tag: versionTag(version), body }, condition);
  }
}

/** Injects the {@link CartReply} of the request. */
export const Reply = createParamDecorator((_data: unknown, context: ExecutionContext): CartReply => {
  const http = context.switchToHttp();
  const { headers } = http.getRequest<FastifyRequest>();
  return new CartReply(http.getResponse<FastifyReply>(), prefersMinimal(headers['prefer']));
});
