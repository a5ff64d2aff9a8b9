import fc from 'fast-check';
import { emptyStream, fold, type Versioned } from '../../event-sourcing/index.js';
import { cartDecider, type Cart } from '../domain/cart.js';
import {
  CartCleared,
  CartDiscarded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
} from '../domain/cart.events.js';
import { noticesOf } from '../domain/notices.js';
import { Catalogue } from '../testing/catalogue.js';
import { added, cartId, offer, opened } from '../testing/examples.js';
import { CartAnswers } from './cart-answers.js';
import { cartContent } from './cart-content.js';

/** Enough for a large cart. */
const ITEMS = 40;

/** One change of the cart or of the catalogue, as plain data, so that a failing run can print it. */
interface Change {
  readonly do: 'add' | 'change' | 'remove' | 'reprice' | 'clear' | 'discard' | 'offer' | 'forget' | 'nothing';
  readonly place: number;
  readonly price: number;
  readonly currency: string;
  readonly active: boolean;
  /** Whether the cart is answered afterwards. */
  readonly isAnswered: boolean;
}

const often = fc.constantFrom('add', 'change', 'remove', 'reprice', 'offer', 'forget');
const seldom = fc.constantFrom('clear', 'discard', 'nothing');

const aChange: fc.Arbitrary<Change> = fc.record({
  do: fc.oneof({ weight: 20, arbitrary: often }, { weight: 1, arbitrary: seldom }),
  place: fc.nat(2 * ITEMS),
  price: fc.constantFrom(100, 200),
  currency: fc.constantFrom('EUR', 'EUR', 'USD'),
  active: fc.boolean(),
  isAnswered: fc.boolean(),
});

// Two items may be of one product.
const skuOf = (place: number): string => `SKU-${place % 50}`;
const itemOf = (place: number): string => `item-${place}`;
const additionOf = (place: number, price: number): CartEvent =>
  added(itemOf(place), offer(skuOf(place), price), 1);

function eventOf({ do: what, place, price: unitPrice }: Change): CartEvent | undefined {
  const itemId = itemOf(place);
  switch (what) {
    case 'add':
      return additionOf(place, unitPrice);
    case 'change':
      return new ItemQuantityChanged({ cartId, itemId, quantity: 2 });
    case 'remove':
      return new ItemRemoved({ cartId, itemId });
    case 'reprice':
      return new ItemRepriced({ cartId, itemId, name: 'Repriced', unitPrice });
    case 'clear':
      return new CartCleared({ cartId });
    case 'discard':
      return new CartDiscarded({ cartId });
    case 'offer':
    case 'forget':
    case 'nothing':
      return undefined;
  }
}

function apply(change: Change, cart: Versioned<Cart>, catalogue: Catalogue): Versioned<Cart> {
  const { place, price, currency, active } = change;
  if (change.do === 'forget') catalogue.forget(skuOf(place));
  if (change.do === 'offer') catalogue.remember(offer(skuOf(place), price, currency, active));
  const event = eventOf(change);
  return event ? fold(cartDecider, cart, [{ event, occurredAt: new Date(0) }]) : cart;
}

it('has the notices of the present cart and catalogue after any changes of both', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aChange, { minLength: 1, maxLength: 60, size: 'max' }), async (changes) => {
      const places = Array.from({ length: ITEMS }, (_, place) => place);
      const catalogue = new Catalogue(places.map((place) => offer(skuOf(place), 100)));
      const answers = new CartAnswers(catalogue);
      const start = [opened, ...places.map((place) => additionOf(place, 100))];
      let cart = fold(
        cartDecider,
        emptyStream(cartDecider),
        start.map((event) => ({ event, occurredAt: new Date(0) })),
      );
      let content = cartContent(cart);
      await answers.of(content);
      for (const change of changes) {
        const next = apply(change, cart, catalogue);
        if (next !== cart) content = cartContent(next);
        cart = next;
        if (!change.isAnswered) continue;
        const { notices } = await answers.of(content);
        expect(notices).toEqual(
          noticesOf(
            content,
            content.items.map(({ sku }) => catalogue.productOf(sku)),
          ),
        );
      }
    }),
    { numRuns: 300 },
  );
});
