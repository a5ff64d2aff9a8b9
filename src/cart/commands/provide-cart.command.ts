import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { VersionCondition } from '../../event-sourcing/index.js';
import { CartAnswers, type CartAnswer } from '../answers/cart-answers.js';
import { cartContent } from '../answers/cart-content.js';
import { CustomerCarts } from '../write-side/customer-carts.js';
import { openCart } from '../domain/cart.decisions.js';

/** A customer's open cart, and whether this request opened it. */
export interface ProvidedCart extends CartAnswer {
  readonly isNew: boolean;
}

/** Return the customer's open cart as it is, in any currency; if there is none, open one under a new id. */
export class ProvideCartCommand extends Command<ProvidedCart> {
  constructor(
    readonly customerId: string,
    /** The id that the cart gets if it is new. */
    readonly cartId: string,
    readonly currency: string,
    /** On the open cart. Refused with `VERSION_MISMATCH` if it does not hold. */
    readonly condition: VersionCondition,
  ) {
    super();
  }
}

@CommandHandler(ProvideCartCommand)
export class ProvideCartHandler implements ICommandHandler<ProvideCartCommand> {
  constructor(
    private readonly carts: CustomerCarts,
    private readonly answers: CartAnswers,
  ) {}

  async execute({ customerId, cartId, currency, condition }: ProvideCartCommand): Promise<ProvidedCart> {
    const decide = openCart(cartId, currency, customerId);
    const { cart, isNew } = await this.carts.provide(customerId, cartId, condition, decide);
    return { ...(await this.answers.of(cartContent(cart))), isNew };
  }
}
