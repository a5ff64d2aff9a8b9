import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CatalogPort } from '../../catalog/port/catalog.port.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import type { CartContent } from '../answers/cart-content.js';
import { CART_LIMITS, type CartLimits } from '../write-side/cart-settings.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { addItem, type Addition } from '../domain/cart.decisions.js';
import { sameOptions } from '../domain/item-options.js';

/** The cart after an addition, and whether that has made a new item. */
export interface AddedItem extends CartAnswer {
  readonly isNew: boolean;
}

/**
 * Add a product to a cart, at the catalogue's price. Refused with `CART_NOT_FOUND`, `PRODUCT_NOT_FOUND`, `CART_CLOSED`,
 * `VERSION_MISMATCH`, `PRODUCT_NOT_SELLABLE`, `CURRENCY_MISMATCH`, `QUANTITY_OUT_OF_RANGE`, `ITEM_LIMIT_REACHED`,
 * `AMOUNT_OUT_OF_RANGE`.
 */
export class AddItemCommand extends Command<AddedItem> {
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

  async execute({ target, sku, addition }: AddItemCommand): Promise<AddedItem> {
    const answer = await this.carts.change(target, (tx) => {
      const [offer] = this.catalog.find(tx, [sku]);
      return addItem(offer, addition, this.limits);
    });
    return { ...answer, isNew: hasNewItem(answer.cart, sku, addition) };
  }
}

/**
 * A new item is the last one. Quantities add up, so an item that existed before holds more than was added. A repeated
 * request brings another item id, so only the cart can answer this.
 */
function hasNewItem({ items }: CartContent, sku: string, { options, quantity }: Addition): boolean {
  const last = items.at(-1);
  return last?.sku === sku && last.quantity === quantity && sameOptions(last.options, options);
}
