import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CatalogPort, type Product } from '../../catalog/port/catalog.port.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CART_LIMITS, type CartLimits } from '../write-side/cart-settings.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { allOrNothing } from '../domain/all-or-nothing.js';
import {
  addItem,
  changeQuantity,
  removeItem,
  type Addition,
  type Decision,
} from '../domain/cart.decisions.js';

/** One of many changes of a cart's items. */
export type ItemOperation =
  | { readonly op: 'add'; readonly sku: string; readonly addition: Addition }
  | { readonly op: 'change'; readonly itemId: string; readonly quantity: number }
  | { readonly op: 'remove'; readonly itemId: string };

/**
 * Change many items, one after the other, all or none. Refused like the single operations; the refusal names the
 * operation by `/operations/<index>`.
 */
export class ChangeItemsCommand extends Command<CartAnswer> {
  constructor(
    readonly target: CartTarget,
    readonly operations: readonly ItemOperation[],
  ) {
    super();
  }
}

@CommandHandler(ChangeItemsCommand)
export class ChangeItemsHandler implements ICommandHandler<ChangeItemsCommand> {
  constructor(
    private readonly carts: CartWriter,
    private readonly catalog: CatalogPort,
    @Inject(CART_LIMITS) private readonly limits: CartLimits,
  ) {}

  async execute({ target, operations }: ChangeItemsCommand): Promise<CartAnswer> {
    const skus = [
      ...new Set(operations.flatMap((operation) => (operation.op === 'add' ? operation.sku : []))),
    ];
    return this.carts.change(target, (tx) => {
      const found = this.catalog.find(tx, skus);
      const offers = new Map(skus.map((sku, index) => [sku, found[index]]));
      return allOrNothing(
        operations.map((operation, index) => ({
          pointer: `/operations/${index}`,
          decide: this.decisionOf(operation, offers),
        })),
      );
    });
  }

  private decisionOf(operation: ItemOperation, offers: ReadonlyMap<string, Product | undefined>): Decision {
    switch (operation.op) {
      case 'add':
        return addItem(offers.get(operation.sku), operation.addition, this.limits);
      case 'change':
        return changeQuantity(operation.itemId, operation.quantity, this.limits);
      case 'remove':
        return removeItem(operation.itemId);
    }
  }
}
