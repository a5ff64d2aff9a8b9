import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { discardCart } from '../domain/cart.decisions.js';

/**
 * Discard a cart; its history stays. Refused with `CART_NOT_FOUND`, `VERSION_MISMATCH`; a merged cart with
 * `CART_CLOSED`.
 */
export class DiscardCartCommand extends Command<CartAnswer> {
  constructor(readonly target: CartTarget) {
    super();
  }
}

@CommandHandler(DiscardCartCommand)
export class DiscardCartHandler implements ICommandHandler<DiscardCartCommand> {
  constructor(private readonly carts: CartWriter) {}

  async execute({ target }: DiscardCartCommand): Promise<CartAnswer> {
    return this.carts.change(target, () => discardCart());
  }
}
