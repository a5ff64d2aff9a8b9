import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Separates these tokens from other uses of the same secret. */
const PURPOSE = 'cart-token:';
/** Carts whose tokens are kept in memory, in about 250 bytes each. */
const REMEMBERED = 20_000;

/**
 * The tokens of guests' carts: an HMAC-SHA256 of the cart's id. So nothing needs to be stored, and nobody can compute a
 * token from an id without the secret.
 */
export class CartTokens {
  private readonly first: string;
  /** The right tokens that were verified last, by cart. Texts, because a small Buffer keeps a block of 8 KiB. */
  private readonly right = new LRUCache<string, string>({ max: REMEMBERED });

  /**
   * @param secrets the first signs, all verify. To rotate, put a new one in front, and drop the old one when its carts
   *   are no longer needed.
   * @throws Error when there is none
   */
  constructor(private readonly secrets: readonly string[]) {
    const [first] = secrets;
    if (first === undefined) throw new Error('CartTokens got no secret: pass at least one.');
    this.first = first;
  }

  /** @returns 43 characters of base64url; the same for a cart until the first secret changes */
  tokenOf(cartId: string): string {
    return macOf(cartId, this.first);
  }

  /**
   * Whether `token` is the token of the cart, by any of the secrets. The time does not depend on which characters are
   * wrong. A right token is remembered. A wrong one is compared with the token of every secret, so its time reveals
   * nothing.
   */
  verify(cartId: string, token: string): boolean {
    const sent = Buffer.from(token);
    const known = this.right.get(cartId);
    if (known !== undefined && isSame(sent, known)) return true;
    let right: string | undefined;
    for (const secret of this.secrets) {
      const expected = macOf(cartId, secret);
      if (isSame(sent, expected)) right = expected;
    }
    if (right === undefined) return false;
    this.right.set(cartId, right);
    return true;
  }
}

/** Compares the texts, because several base64url texts can represent the same bytes. */
function isSame(sent: Buffer, right: string): boolean {
  const expected = Buffer.from(right);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

function macOf(cartId: string, secret: string): string {
  return createHmac('sha256', secret).update(PURPOSE).update(cartId).digest('base64url');
}
