import { given } from '../../event-sourcing/testing/index.js';
import {
  added,
  addition,
  cap,
  capAdded,
  capId,
  cartId,
  limits,
  mug,
  mugAdded,
  mugId,
  offer,
  opened,
} from '../testing/examples.js';
import { cartDecider } from './cart.js';
import {
  addItem,
  changeQuantity,
  clearCart,
  discardCart,
  openCart,
  removeItem,
  repriceCart,
  type Decision,
} from './cart.decisions.js';
import { CartCleared, CartDiscarded, ItemQuantityChanged, ItemRemoved, ItemRepriced } from './cart.events.js';

const discarded = new CartDiscarded({ cartId });
const otherId = '0197a2f0-7a05-7f6c-8d2e-1c9be6f3a999';
const offers = (...known: (typeof mug)[]) => new Map(known.map((each) => [each.sku, each]));

describe('opening a cart', () => {
  it('is recorded with its currency', () => {
    given(cartDecider)
      .when(openCart(cartId, 'EUR', null))
      .then(opened);
  });

  it('changes nothing if the cart exists', () => {
    given(cartDecider, opened)
      .when(openCart(cartId, 'EUR', null))
      .thenNothing();
  });
});

describe('adding an item', () => {
  const add = (quantity: number, from = mug, options = {}) =>
    addItem(from, addition(otherId, quantity, options), limits);

  it("makes a new item at the catalogue's price", () => {
    given(cartDecider, opened)
      .when(add(2))
      .then(added(otherId, mug, 2));
  });

  it('adds to the item of the same SKU with the same options, in any order of keys', () => {
    const inBlue = added(mugId, mug, 2, { size: 'L', colour: 'blue' });
    given(cartDecider, opened, inBlue)
      .when(add(3, mug, { colour: 'blue', size: 'L' }))
      .then(added(mugId, mug, 3, { size: 'L', colour: 'blue' }));
  });

  it('makes another item of the same SKU if an option differs, is missing or is additional', () => {
    const inBlue = added(mugId, mug, 2, { colour: 'blue' });
    for (const options of [{ colour: 'red' }, {}, { colour: 'blue', size: 'L' }, { Colour: 'blue' }]) {
      given(cartDecider, opened, inBlue)
        .when(add(3, mug, options))
        .then(added(otherId, mug, 3, options));
    }
  });

  it('accepts an option named like a built-in property of objects', () => {
    const odd = added(mugId, mug, 2, { toString: 'x' });
    given(cartDecider, opened, odd)
      .when(add(1, mug, { valueOf: 'x' }))
      .then(added(otherId, mug, 1, { valueOf: 'x' }));
  });

  it('records options in the order of jsonb', () => {
    const state = cartDecider.evolve(cartDecider.initialState, opened, new Date(0));
    const [event] = add(1, mug, { size: 'L', colour: 'blue', cut: 'slim' })(state);
    expect(JSON.stringify(event)).toContain('"options":{"cut":"slim","size":"L","colour":"blue"}');
  });

  it('gives the whole item the newest name and price, and keeps its first time', () => {
    given(cartDecider, opened, mugAdded)
      .when(add(3, { ...offer('MUG-1', 1500), name: 'Renamed' }))
      .thenState((cart) => {
        const sum = {
          quantity: 5,
          unitPrice: 1500,
          name: 'Renamed',
          addedAt: new Date('2030-01-01T00:00:01Z'),
        };
        expect(cart).toMatchObject({ items: [{ id: mugId, ...sum }] });
      });
  });

  it('keeps the items in the order in which they appeared', () => {
    given(cartDecider, opened, mugAdded, capAdded)
      .when(add(1))
      .thenState((cart) => {
        expect(cart).toMatchObject({ items: [{ id: mugId }, { id: capId }] });
      });
  });

  it('is refused for a product that is unknown, not for sale, or sold in another currency', () => {
    const cart = given(cartDecider, opened);
    cart.when(addItem(undefined, addition(otherId, 1), limits)).thenRefused('PRODUCT_NOT_FOUND');
    cart.when(add(1, offer('MUG-1', 1999, 'EUR', false))).thenRefused('PRODUCT_NOT_SELLABLE');
    cart
      .when(add(1, offer('MUG-1', 1999, 'USD')))
      .thenRefused('CURRENCY_MISMATCH', { cartCurrency: 'EUR', productCurrency: 'USD' });
  });

  it('is refused for a quantity out of range, also for the sum of two', () => {
    const cart = given(cartDecider, opened, mugAdded);
    for (const quantity of [0, -1, 11, 2 ** 53 + 2, -(2 ** 53)]) {
      cart.when(add(quantity, cap)).thenRefused('QUANTITY_OUT_OF_RANGE', { minimum: 1, maximum: 10 });
    }
    cart.when(add(9)).thenRefused('QUANTITY_OUT_OF_RANGE', { minimum: 1, maximum: 10, present: 2 });
    cart.when(add(-1)).thenRefused('QUANTITY_OUT_OF_RANGE');
    cart.when(add(8)).then(added(mugId, mug, 8));
    cart.when(add(10, cap)).then(added(otherId, cap, 10));
  });

  it('is refused for one item too many, not for more of an existing item', () => {
    const full = given(cartDecider, opened, mugAdded, capAdded);
    full.when(add(1, offer('PEN-1', 100))).thenRefused('ITEM_LIMIT_REACHED', { maximum: 2 });
    full.when(add(1)).then(added(mugId, mug, 1));
  });

  it('is refused if the total of the item or the cart would not be exact', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const cart = given(cartDecider, opened, mugAdded);
    cart.when(add(2, offer('CAP-1', 2 ** 52))).thenRefused('AMOUNT_OUT_OF_RANGE', { maximum: most });
    cart.when(add(1, offer('CAP-1', most - 2 * 1999 + 1))).thenRefused('AMOUNT_OUT_OF_RANGE');
    const fits = offer('CAP-1', most - 2 * 1999);
    cart.when(add(1, fits)).then(added(otherId, fits, 1));
    // The whole item takes the newest price, so it counts for what was there, too.
    cart.when(add(1, offer('MUG-1', 2 ** 52))).thenRefused('AMOUNT_OUT_OF_RANGE');
  });
});

describe('changing the quantity of an item', () => {
  const cart = given(cartDecider, opened, mugAdded, capAdded);

  it('is recorded', () => {
    cart
      .when(changeQuantity(mugId, 7, limits))
      .then(new ItemQuantityChanged({ cartId, itemId: mugId, quantity: 7 }));
    cart.when(changeQuantity(mugId, 7, limits)).thenState((state) => {
      expect(state).toMatchObject({
        items: [
          { id: mugId, quantity: 7 },
          { id: capId, quantity: 1 },
        ],
      });
    });
  });

  it('removes the item at 0', () => {
    cart.when(changeQuantity(mugId, 0, limits)).then(new ItemRemoved({ cartId, itemId: mugId }));
  });

  it('changes nothing when the quantity is the same', () => {
    cart.when(changeQuantity(mugId, 2, limits)).thenNothing();
  });

  it('is refused out of range, for an absent item, and if totals would not be exact', () => {
    for (const quantity of [-1, 11]) {
      cart
        .when(changeQuantity(mugId, quantity, limits))
        .thenRefused('QUANTITY_OUT_OF_RANGE', { minimum: 0, maximum: 10 });
    }
    cart.when(changeQuantity(otherId, 1, limits)).thenRefused('ITEM_NOT_FOUND');
    given(cartDecider, opened, added(mugId, offer('MUG-1', 2 ** 52), 1))
      .when(changeQuantity(mugId, 2, limits))
      .thenRefused('AMOUNT_OUT_OF_RANGE');
  });
});

it('keeps the highest total exact while an item changes', () => {
  // 6361 × 1416003655831 is 2^53-1, the highest amount.
  const precious = added(mugId, offer('MUG-1', 1416003655831), 6361);
  given(cartDecider, opened, precious)
    .when(changeQuantity(mugId, 6360, { ...limits, maxQuantity: 10_000 }))
    .thenState((state) => {
      expect(state).toMatchObject({ total: 6360 * 1416003655831 });
    });
});

describe('removing an item', () => {
  it('is recorded, and keeps the other items', () => {
    const cart = given(cartDecider, opened, mugAdded, capAdded);
    cart.when(removeItem(mugId)).then(new ItemRemoved({ cartId, itemId: mugId }));
    cart.when(removeItem(mugId)).thenState((state) => {
      expect(state).toMatchObject({ items: [{ id: capId }] });
    });
  });

  it('is refused when it is repeated, because the item is absent', () => {
    given(cartDecider, opened, mugAdded, new ItemRemoved({ cartId, itemId: mugId }))
      .when(removeItem(mugId))
      .thenRefused('ITEM_NOT_FOUND');
  });
});

describe('clearing a cart', () => {
  it('is recorded, and removes all items', () => {
    const cart = given(cartDecider, opened, mugAdded, capAdded);
    cart.when(clearCart()).then(new CartCleared({ cartId }));
    cart.when(clearCart()).thenState((state) => {
      expect(state).toMatchObject({ status: 'active', items: [] });
    });
  });

  it('changes nothing in an empty cart', () => {
    given(cartDecider, opened).when(clearCart()).thenNothing();
    given(cartDecider, opened, mugAdded, new CartCleared({ cartId })).when(clearCart()).thenNothing();
  });
});

describe('repricing a cart', () => {
  const cart = given(cartDecider, opened, mugAdded, capAdded);
  const repriced = (name: string, unitPrice: number) =>
    new ItemRepriced({ cartId, itemId: mugId, name, unitPrice });

  it('records the items whose price or name differs, and no others', () => {
    cart.when(repriceCart(offers(offer('MUG-1', 1500), cap))).then(repriced(mug.name, 1500));
    cart.when(repriceCart(offers({ ...mug, name: 'Renamed' }, cap))).then(repriced('Renamed', 1999));
    cart.when(repriceCart(offers(offer('MUG-1', 1500), cap))).thenState((state) => {
      expect(state).toMatchObject({ items: [{ quantity: 2, unitPrice: 1500 }, { unitPrice: 1250 }] });
    });
  });

  it('changes nothing at the same prices and names', () => {
    cart.when(repriceCart(offers(mug, cap))).thenNothing();
  });

  it('skips items that are unknown, not for sale, or in another currency', () => {
    cart.when(repriceCart(offers())).thenNothing();
    cart.when(repriceCart(offers(offer('MUG-1', 1, 'EUR', false), offer('CAP-1', 1, 'USD')))).thenNothing();
  });

  it('is refused as a whole if the total would not be exact', () => {
    cart
      .when(repriceCart(offers(offer('MUG-1', 2 ** 51), offer('CAP-1', 2 ** 52))))
      .thenRefused('AMOUNT_OUT_OF_RANGE');
  });
});

describe('discarding a cart', () => {
  it('is recorded, and keeps the items', () => {
    const cart = given(cartDecider, opened, mugAdded);
    cart.when(discardCart()).then(discarded);
    cart.when(discardCart()).thenState((state) => {
      expect(state).toMatchObject({ status: 'discarded', items: [{ id: mugId }] });
    });
  });

  it('changes nothing when it is repeated', () => {
    given(cartDecider, opened, discarded).when(discardCart()).thenNothing();
  });
});

describe('every change', () => {
  const changes: Record<string, Decision> = {
    add: addItem(mug, addition(otherId, 1), limits),
    'change the quantity': changeQuantity(mugId, 2, limits),
    remove: removeItem(mugId),
    clear: clearCart(),
    reprice: repriceCart(offers(mug)),
  };

  it.each(Object.entries(changes))('is refused for a discarded cart: %s', (_name, decide) => {
    given(cartDecider, opened, mugAdded, discarded)
      .when(decide)
      .thenRefused('CART_CLOSED', { cartStatus: 'discarded' });
  });

  it.each(Object.entries({ ...changes, discard: discardCart() }))(
    'is refused for a cart that was never opened: %s',
    (_name, decide) => {
      given(cartDecider).when(decide).thenRefused('CART_NOT_FOUND');
    },
  );

  it('is refused for an absent item or product before CART_CLOSED', () => {
    const closed = given(cartDecider, opened, discarded);
    closed.when(removeItem(otherId)).thenRefused('ITEM_NOT_FOUND');
    closed.when(changeQuantity(otherId, 1, limits)).thenRefused('ITEM_NOT_FOUND');
    closed.when(addItem(undefined, addition(otherId, 1), limits)).thenRefused('PRODUCT_NOT_FOUND');
  });
});
