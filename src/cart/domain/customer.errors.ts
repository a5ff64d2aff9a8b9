import { DomainError } from '../../event-sourcing/index.js';

/** A customer can have one open cart at a time. */
export class ActiveCartExists extends DomainError {
  constructor(cartId: string) {
    super('ACTIVE_CART_EXISTS', 'You have an open cart already. Go on with that one, or discard it first.', {
      cartId,
    });
  }
}

/** Carts of two currencies cannot be merged. */
export class CartsInTwoCurrencies extends DomainError {
  constructor(claimed: string, own: string) {
    super('CURRENCY_MISMATCH', `The claimed cart is in ${claimed}, your open cart is in ${own}.`, {
      claimedCurrency: claimed,
      cartCurrency: own,
    });
  }
}
