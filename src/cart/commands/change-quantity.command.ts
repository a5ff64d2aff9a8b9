import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CART_LIMITS, type CartLimits } from '../write-side/cart-settings.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { changeQuantity } from '../domain/cart.decisions.js';

/**
 * Set the quantity of an item; 0 removes it. Refused with `CART_NOT_FOUND`, `ITEM_NOT_FOUND`, `CART_CLOSED`,
 * `VERSION_MISMATCH`, `QUANTITY_OUT_OF_RANGE`, `AMOUNT_OUT_OF_RANGE`.
 */
export class ChangeQuantityCommand extends Command<CartAnswer> {
  constructor(
    readonly target: CartTarget,
    readonly itemId: string,
    readonly quantity: number,
  ) {
    super();
  }
}

@CommandHandler(ChangeQuantityCommand)
export class ChangeQuantityHandler implements ICommandHandler<ChangeQuantityCommand> {
  constructor(
    private readonly carts: CartWriter,
    @Inject(CART_LIMITS) private readonly limits: CartLimits,
  ) {}

  async execute({ target, itemId, quantity }: ChangeQuantityCommand): Promise<CartAnswer> {
    return this.carts.change(target, () => changeQuantity(itemId, quantity, this.limits));
  }
}
