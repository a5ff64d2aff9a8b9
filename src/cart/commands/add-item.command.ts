import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CatalogPort } from '../../catalog/port/catalog.port.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CART_LIMITS, type CartLimits } from '../write-side/cart-settings.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { addItem, type Addition } from '../domain/cart.decisions.js';

/**
 * Put a product into a cart, at the catalogue's price. Refused with `CART_NOT_FOUND`, `PRODUCT_NOT_FOUND`, `CART_CLOSED`,
 * `VERSION_MISMATCH`, `PRODUCT_NOT_SELLABLE`, `CURRENCY_MISMATCH`, `QUANTITY_OUT_OF_RANGE`, `ITEM_LIMIT_REACHED`,
 * `AMOUNT_OUT_OF_RANGE`.
 */
export class AddItemCommand extends Command<CartAnswer> {
  constructor(
    readonly target: CartTarget,
    readonly sku: string,
    readonly addition: Addition,
  ) {
    super();
  }
}

@CommandHandler(AddItemCommand)
export class AddItemHandler implements ICommandHandler<AddItemCommand> {
  constructor(
    private readonly carts: CartWriter,
    private readonly catalog: CatalogPort,
    @Inject(CART_LIMITS) private readonly limits: CartLimits,
  ) {}

  async execute({ target, sku, addition }: AddItemCommand): Promise<CartAnswer> {
    return this.carts.change(target, (tx) => {
      const [offer] = this.catalog.find(tx, [sku]);
      return addItem(offer, addition, this.limits);
    });
  }
}
