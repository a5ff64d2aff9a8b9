import type { CartTokens } from './cart-tokens.js';

/** What kind of party sends a request; events keep it as the type of their actor. */
export type CallerType = 'guest' | 'customer' | 'admin' | 'service';

/** Who sends a request, as far as the credentials say. */
export class Caller {
  /** What was found out of the cart token: a request is about one cart, and asks more than once. */
  private found: { readonly cartId: string; readonly isItsToken: boolean } | undefined;

  /**
   * @param id subject of the JWT; `null` for guests, and for machines whose JWT names none
   * @param cartToken what `X-Cart-Token` says, right or wrong; `undefined` where it was not sent
   * @param isService whether the JWT names the role, also where `type` is the one of an admin
   * @param expiresAt end of the JWT in milliseconds since 1970; `undefined` where there is none
   */
  constructor(
    readonly type: CallerType,
    readonly id: string | null,
    private readonly cartToken: string | undefined,
    private readonly tokens: CartTokens,
    readonly isService = false,
    readonly expiresAt?: number,
  ) {}

  /** Whether `X-Cart-Token` was sent, whatever it opens. */
  get hasCartToken(): boolean {
    return this.cartToken !== undefined;
  }

  /** Whether the caller may act on every cart. */
  get isStaff(): boolean {
    return this.type === 'admin' || this.type === 'service';
  }

  /** Whether the caller's `X-Cart-Token` is that of this cart. */
  holdsTokenOf(cartId: string): boolean {
    if (this.cartToken === undefined) return false;
    if (this.found?.cartId !== cartId) {
      this.found = { cartId, isItsToken: this.tokens.verify(cartId, this.cartToken) };
    }
    return this.found.isItsToken;
  }
}
