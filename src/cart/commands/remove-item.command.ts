import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { removeItem } from '../domain/cart.decisions.js';

/** Remove an item from a cart. Refused with `CART_NOT_FOUND`, `ITEM_NOT_FOUND`, `CART_CLOSED`, `VERSION_MISMATCH`. */
export class RemoveItemCommand extends Command<CartAnswer> {
  constructor(
    readonly target: CartTarget,
    readonly itemId: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveItemCommand)
export class RemoveItemHandler implements ICommandHandler<RemoveItemCommand> {
  constructor(private readonly carts: CartWriter) {}

  async execute({ target, itemId }: RemoveItemCommand): Promise<CartAnswer> {
    return this.carts.change(target, () => removeItem(itemId));
  }
}
