import { DomainError } from '../../event-sourcing/index.js';

/** Nothing was ever opened under this id. */
export class CartNotFound extends DomainError {
  constructor() {
    super('CART_NOT_FOUND', 'There is no cart with this id.');
  }
}

/** The cart is discarded or merged; it takes no changes. */
export class CartClosed extends DomainError {
  constructor(status: string) {
    super('CART_CLOSED', `The cart is ${status} and cannot be changed any more. Open a new one.`, {
      cartStatus: status,
    });
  }
}

/** The cart is not at a version that the caller accepts. */
export class VersionMismatch extends DomainError {
  /** @param currentVersion 0 if there is no cart */
  constructor(currentVersion: number) {
    const fact =
      currentVersion === 0 ? 'There is no open cart.' : `The cart is at version ${currentVersion} now.`;
    super('VERSION_MISMATCH', `${fact} The condition of the request does not hold: read and decide again.`, {
      currentVersion,
    });
  }
}

/** The cart never was at this version, or did not exist at this time. */
export class VersionNotFound extends DomainError {
  constructor(currentVersion: number) {
    super('VERSION_NOT_FOUND', `The cart has the versions 1 to ${currentVersion}.`, { currentVersion });
  }
}

export class ItemNotFound extends DomainError {
  constructor() {
    super('ITEM_NOT_FOUND', 'The cart has no item with this id.');
  }
}

export class ProductNotFound extends DomainError {
  constructor() {
    super('PRODUCT_NOT_FOUND', 'The catalogue has no product with this SKU.');
  }
}

export class ProductNotSellable extends DomainError {
  constructor() {
    super('PRODUCT_NOT_SELLABLE', 'The product is not for sale at present.');
  }
}

/** The product is sold in another currency than the cart's. */
export class CurrencyMismatch extends DomainError {
  constructor(cartCurrency: string, productCurrency: string) {
    super('CURRENCY_MISMATCH', `The product is sold in ${productCurrency}, the cart is in ${cartCurrency}.`, {
      cartCurrency,
      productCurrency,
    });
  }
}

export class QuantityOutOfRange extends DomainError {
  /** @param present quantity in the cart already, if the request adds to it */
  constructor(minimum: number, maximum: number, present = 0) {
    const already = present === 0 ? '' : `, and ${present} are there already`;
    super('QUANTITY_OUT_OF_RANGE', `An item holds ${minimum} to ${maximum}${already}.`, {
      minimum,
      maximum,
      ...(present === 0 ? {} : { present }),
    });
  }
}

export class ItemLimitReached extends DomainError {
  constructor(maximum: number) {
    super('ITEM_LIMIT_REACHED', `A cart holds ${maximum} items at most. Remove one first.`, { maximum });
  }
}

/** A total would exceed the range of exact integers. */
export class AmountOutOfRange extends DomainError {
  constructor() {
    super('AMOUNT_OUT_OF_RANGE', `A total is ${Number.MAX_SAFE_INTEGER} minor units at most.`, {
      maximum: Number.MAX_SAFE_INTEGER,
    });
  }
}
