import type { CartTokens } from './cart-tokens.js';

/** The kind of a caller. Events store it as the type of their actor. */
export type CallerType = 'guest' | 'customer' | 'admin' | 'service';

/** The sender of a request, according to the credentials. */
export class Caller {
  /** The last check of the cart token. A request concerns one cart but checks its token more than once. */
  private found: { readonly cartId: string; readonly isItsToken: boolean } | undefined;

  /**
   * @param id subject of the JWT; `null` for guests, and for services whose JWT has none
   * @param cartToken the value of `X-Cart-Token`, right or wrong; `undefined` if it was not sent
   * @param isService whether the JWT has the role `service`; `type` is `admin` if it has both
   * @param expiresAt end of the JWT in milliseconds since 1970; `undefined` if it has none
   */
  constructor(
    readonly type: CallerType,
    readonly id: string | null,
    private readonly cartToken: string | undefined,
    private readonly tokens: CartTokens,
    readonly isService = false,
    readonly expiresAt?: number,
  ) {}

  /** Whether `X-Cart-Token` was sent, right or wrong. */
  get hasCartToken(): boolean {
    return this.cartToken !== undefined;
  }

  /** Whether the caller may act on every cart. */
  get isStaff(): boolean {
    return this.type === 'admin' || this.type === 'service';
  }

  /** Whether the caller sent the token of this cart. */
  holdsTokenOf(cartId: string): boolean {
    if (this.cartToken === undefined) return false;
    if (this.found?.cartId !== cartId) {
      this.found = { cartId, isItsToken: this.tokens.verify(cartId, this.cartToken) };
    }
    return this.found.isItsToken;
  }
}
