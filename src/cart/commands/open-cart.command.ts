import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CatalogPort } from '../../catalog/port/catalog.port.js';
import type { Transaction } from '../../event-sourcing/index.js';
import { CartAnswers, type CartAnswer } from '../answers/cart-answers.js';
import { cartContent } from '../answers/cart-content.js';
import { CART_LIMITS, type CartLimits } from '../write-side/cart-settings.js';
import { CartWriter } from '../write-side/cart-writer.js';
import { CustomerCarts } from '../write-side/customer-carts.js';
import { allOrNothing } from '../domain/all-or-nothing.js';
import { addItem, openCart, type Addition, type Decision } from '../domain/cart.decisions.js';

/**
 * Open a cart under a new id with its first items, all or none. Refused like {@link AddItemCommand}; the refusal
 * names the item by `/items/<index>`. Refused with `ACTIVE_CART_EXISTS` if the customer has an open cart.
 */
export class OpenCartCommand extends Command<CartAnswer> {
  constructor(
    readonly cartId: string,
    readonly currency: string,
    readonly customerId: string | null,
    /** Each with the id that the item gets if it is new. */
    readonly items: readonly (Addition & { readonly sku: string })[],
  ) {
    super();
  }
}

@CommandHandler(OpenCartCommand)
export class OpenCartHandler implements ICommandHandler<OpenCartCommand> {
  constructor(
    private readonly carts: CartWriter,
    private readonly customers: CustomerCarts,
    private readonly catalog: CatalogPort,
    private readonly answers: CartAnswers,
    @Inject(CART_LIMITS) private readonly limits: CartLimits,
  ) {}

  async execute({ cartId, currency, customerId, items }: OpenCartCommand): Promise<CartAnswer> {
    const skus = items.map(({ sku }) => sku);
    const decisionFor = (tx: Transaction): Decision => {
      const offers = this.catalog.find(tx, skus);
      return allOrNothing([
        { pointer: '', decide: openCart(cartId, currency, customerId) },
        ...items.map((item, index) => ({
          pointer: `/items/${index}`,
          decide: addItem(offers[index], item, this.limits),
        })),
      ]);
    };
    if (customerId === null) return this.carts.open(cartId, decisionFor);
    const { cart } = await this.customers.open(customerId, cartId, decisionFor);
    return this.answers.of(cartContent(cart));
  }
}
