import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CartAnswers, type CartAnswer } from '../answers/cart-answers.js';
import { cartContent } from '../answers/cart-content.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { ClaimRecords } from '../write-side/claim-records.js';
import { CustomerCarts } from '../write-side/customer-carts.js';
import type { MergedItem } from '../domain/merge.js';

/** The customer's cart after a claim, and which items a merge has moved into it. */
export interface ClaimAnswer extends CartAnswer {
  readonly merged: readonly MergedItem[];
}

/**
 * Make a guest's cart the customer's, or merge it into the customer's open cart. A repeat gets the first answer.
 * Refused with `CART_NOT_FOUND`, `CART_CLOSED`, `VERSION_MISMATCH`, `CURRENCY_MISMATCH`.
 */
export class ClaimCartCommand extends Command<ClaimAnswer> {
  constructor(
    readonly target: CartTarget,
    readonly customerId: string,
  ) {
    super();
  }
}

@CommandHandler(ClaimCartCommand)
export class ClaimCartHandler implements ICommandHandler<ClaimCartCommand> {
  constructor(
    private readonly carts: CustomerCarts,
    private readonly records: ClaimRecords,
    private readonly answers: CartAnswers,
  ) {}

  async execute({ target, customerId }: ClaimCartCommand): Promise<ClaimAnswer> {
    const version = await this.carts.claim(target, customerId);
    const { cart, merged } = await this.records.of(target.cartId, version);
    return { ...(await this.answers.of(cartContent(cart))), merged };
  }
}
