import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CatalogPort, type Product } from '../../catalog/port/catalog.port.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CartWriter, type CartTarget } from '../write-side/cart-writer.js';
import { repriceCart } from '../domain/cart.decisions.js';
import { isOpen } from '../domain/cart.rules.js';

/**
 * Give every item today's price and name. Refused with `CART_NOT_FOUND`, `CART_CLOSED`, `VERSION_MISMATCH`,
 * `AMOUNT_OUT_OF_RANGE`.
 */
export class RepriceCartCommand extends Command<CartAnswer> {
  constructor(readonly target: CartTarget) {
    super();
  }
}

@CommandHandler(RepriceCartCommand)
export class RepriceCartHandler implements ICommandHandler<RepriceCartCommand> {
  constructor(
    private readonly carts: CartWriter,
    private readonly catalog: CatalogPort,
  ) {}

  async execute({ target }: RepriceCartCommand): Promise<CartAnswer> {
    return this.carts.change(target, (tx, cart) => {
      const skus = isOpen(cart) ? [...new Set(cart.items.map(({ sku }) => sku))] : [];
      const offers = new Map<string, Product>();
      for (const offer of this.catalog.find(tx, skus)) if (offer !== undefined) offers.set(offer.sku, offer);
      return repriceCart(offers);
    });
  }
}
