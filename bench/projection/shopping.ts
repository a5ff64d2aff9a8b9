import { v7 as uuidv7 } from 'uuid';
import {
  CartCleared,
  CartDiscarded,
  CartOpened,
  ItemAdded,
  ItemQuantityChanged,
  ItemRemoved,
  type CartEvent,
} from '../../src/cart/domain/cart.events.js';
import { ProductRegistered } from '../../src/catalog/domain/product.events.js';
import type { Random } from '../support/random.js';

/** What the shop sells. */
export const PRODUCTS = Array.from({ length: 1_000 }, (_, index) => {
  return new ProductRegistered({
    sku: `LANTERN-METAL-${index}`,
    name: `White metal lantern number ${index} with a hanging heart and a door`,
    price: { amount: 100 + index, currency: 'EUR' },
    active: true,
  });
});

/** How many items carts are filled with. */
export interface CartSizes {
  readonly fewest: number;
  readonly most: number;
}

/** Carts as usual: about 27 events each. */
export const USUAL_CARTS: CartSizes = { fewest: 10, most: 30 };

/**
 * The life of one cart: opened, filled with items between changes of mind, now and then cleared or discarded.
 * About a third more events than items.
 */
export function* shoppingTrip(
  random: Random,
  { fewest, most }: CartSizes,
): Generator<CartEvent, void, undefined> {
  const cartId = uuidv7();
  const wanted = fewest + below(random, most - fewest + 1);
  let items: ItemAdded[] = [];
  yield new CartOpened({ cartId, currency: 'EUR', customerId: null });
  while (items.length < wanted) {
    const present = items[below(random, items.length)];
    const dice = random();
    if (present === undefined || dice < 0.8) {
      const added = addition(cartId, random);
      items.push(added);
      yield added;
    } else if (dice < 0.87) {
      yield new ItemAdded({ ...fields(present), quantity: 1 });
    } else if (dice < 0.95) {
      yield new ItemQuantityChanged({ cartId, itemId: present.itemId, quantity: 1 + below(random, 9) });
    } else if (dice < 0.998) {
      items = items.filter((item) => item !== present);
      yield new ItemRemoved({ cartId, itemId: present.itemId });
    } else {
      items = [];
      yield new CartCleared({ cartId });
    }
  }
  if (random() < 0.05) yield new CartDiscarded({ cartId });
}

function addition(cartId: string, random: Random): ItemAdded {
  const product = PRODUCTS[below(random, PRODUCTS.length)];
  return new ItemAdded({
    cartId,
    itemId: uuidv7(),
    sku: product?.sku ?? '',
    name: product?.name ?? '',
    options: random() < 0.3 ? { colour: 'white', size: '20 cm' } : {},
    quantity: 1 + below(random, 3),
    unitPrice: product?.price.amount ?? 0,
  });
}

function fields({ cartId, itemId, sku, name, options, quantity, unitPrice }: ItemAdded) {
  return { cartId, itemId, sku, name, options, quantity, unitPrice };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
