import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Keeps these tokens apart from whatever else may be computed with the same secret some day. */
const PURPOSE = 'cart-token:';
/** Carts whose tokens are kept in memory, in about 250 bytes each. */
const REMEMBERED = 20_000;

/**
 * The tokens that open guests' carts: an HMAC-SHA256 of the cart's id, so that nothing needs to be stored and a token cannot
 * be had from an id alone.
 */
export class CartTokens {
  private readonly first: string;
  /** The last tokens that were found right, by cart. */
  private readonly right = new LRUCache<string, Buffer>({ max: REMEMBERED });

  /**
   * @param secrets the first one signs, all of them verify; to rotate, put a new one in front and drop the old one when its
   *   carts are of no interest any more
   * @throws Error without any
   */
  constructor(private readonly secrets: readonly string[]) {
    const [first] = secrets;
    if (first === undefined) throw new Error('Cart tokens need a secret.');
    this.first = first;
  }

  /** @returns 43 characters of base64url, the same for the same cart as long as the first secret is */
  tokenOf(cartId: string): string {
    return macOf(cartId, this.first).toString('base64url');
  }

  /**
   * Whether `token` is that of the cart by any of the secrets; takes the same time whichever characters are wrong. A right token is
   * remembered. A wrong one is computed against every secret, whether its cart is remembered or not, so that its time tells nothing.
   */
  verify(cartId: string, token: string): boolean {
    const sent = Buffer.from(token);
    const known = this.right.get(cartId);
    if (known !== undefined && isSame(sent, known)) return true;
    let isRight = false;
    for (const secret of this.secrets) {
      // The text is compared, not its bytes: base64url has more than one text for some bytes.
      if (isSame(sent, Buffer.from(macOf(cartId, secret).toString('base64url')))) isRight = true;
    }
    if (isRight) this.right.set(cartId, sent);
    return isRight;
  }
}

function isSame(sent: Buffer, right: Buffer): boolean {
  return sent.length === right.length && timingSafeEqual(sent, right);
}

function macOf(cartId: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(PURPOSE).update(cartId).digest();
}
