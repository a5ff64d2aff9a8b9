import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { clearCart } from '../domain/cart.decisions.js';

/** Remove all items from a cart. Refused with `CART_NOT_FOUND`, `CART_CLOSED`, `VERSION_MISMATCH`. */
export class ClearCartCommand extends Command<CartAnswer> {
  constructor(readonly target: CartTarget) {
    super();
  }
}

@CommandHandler(ClearCartCommand)
export class ClearCartHandler implements ICommandHandler<ClearCartCommand> {
  constructor(private readonly carts: CartWriter) {}

  async execute({ target }: ClearCartCommand): Promise<CartAnswer> {
    return this.carts.change(target, () => clearCart());
  }
}
