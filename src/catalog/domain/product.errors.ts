import { DomainError } from '../../event-sourcing/index.js';

/** No product was ever registered with this SKU. */
export class ProductNotFound extends DomainError {
  constructor() {
    super('PRODUCT_NOT_FOUND', 'The catalogue has no product with this SKU.');
  }
}

/** The product is not at a version that the caller accepts. */
export class ProductVersionMismatch extends DomainError {
  /** @param currentVersion 0 if there is no product */
  constructor(currentVersion: number) {
    const fact =
      currentVersion === 0 ? 'There is no such product.' : `The product is at version ${currentVersion} now.`;
    super('VERSION_MISMATCH', `${fact} The condition of the request does not hold: read and decide again.`, {
      currentVersion,
    });
  }
}

/** A price is negative, or beyond the range of exact integers. */
export class PriceOutOfRange extends DomainError {
  constructor() {
    super('AMOUNT_OUT_OF_RANGE', `A price is 0 to ${Number.MAX_SAFE_INTEGER} minor units.`, {
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
    });
  }
}
