import { given } from '../../event-sourcing/testing/index.js';
import { addition, cap, capId, cartId, limits, mug, mugAdded, mugId, opened } from '../testing/examples.js';
import { cartDecider } from './cart.js';
import {
  abandonCart,
  abandonedFrom,
  addItem,
  changeQuantity,
  clearCart,
  discardCart,
  removeItem,
  repriceCart,
} from './cart.decisions.js';
import { CartAbandoned, CartCleared, CartDiscarded, ItemRepriced } from './cart.events.js';

const IDLE_MS = 60_000;
const abandoned = new CartAbandoned({ cartId });
/** A time after the first event, which is at second 0. */
const at = (second: number) => new Date(Date.UTC(2030, 0, 1) + second * 1_000);
const abandonAt = (second: number) => abandonCart(at(second), IDLE_MS);

describe('an idle cart', () => {
  it('is abandoned when the idle time is over, not before', () => {
    given(cartDecider, opened, mugAdded).when(abandonAt(60)).thenNothing();
    given(cartDecider, opened, mugAdded).when(abandonAt(61)).then(abandoned);
    given(cartDecider, opened).when(abandonAt(59)).thenNothing();
    given(cartDecider, opened).when(abandonAt(60)).then(abandoned);
  });

  it('is idle since the last change of items', () => {
    const repriced = new ItemRepriced({ cartId, itemId: mugId, name: 'Mug', unitPrice: 1 });
    const story = given(cartDecider, opened, mugAdded, repriced, new CartCleared({ cartId }));
    story.when(abandonAt(62)).thenNothing();
    story.when(abandonAt(63)).then(abandoned);
  });

  it('keeps its items when it is abandoned', () => {
    given(cartDecider, opened, mugAdded)
      .when(abandonAt(61))
      .thenState((cart) => {
        expect(cart).toMatchObject({ status: 'abandoned', items: [{ id: mugId }], itemsChangedAt: at(1) });
      });
  });

  it('is not abandoned if it is abandoned, closed or unopened', () => {
    given(cartDecider, opened, abandoned).when(abandonAt(1_000)).thenNothing();
    given(cartDecider, opened, new CartDiscarded({ cartId })).when(abandonAt(1_000)).thenNothing();
    given(cartDecider).when(abandonAt(1_000)).thenNothing();
  });

  it('has a time of abandonment only while it is active', () => {
    const looking = (expected: Date | undefined) => (cart: Parameters<typeof abandonedFrom>[0]) => {
      expect(abandonedFrom(cart, IDLE_MS)).toEqual(expected);
    };
    given(cartDecider, opened, mugAdded)
      .when(() => [])
      .thenState(looking(at(61)));
    given(cartDecider, opened, abandoned)
      .when(() => [])
      .thenState(looking(undefined));
    given(cartDecider)
      .when(() => [])
      .thenState(looking(undefined));
  });
});

describe('an abandoned cart', () => {
  const cart = given(cartDecider, opened, mugAdded, abandoned);

  it.each([
    ['an item is added', addItem(cap, addition(capId, 1), limits)],
    ['a quantity changes', changeQuantity(mugId, 7, limits)],
    ['an item is removed', removeItem(mugId)],
    ['it is cleared', clearCart()],
    ['it is repriced', repriceCart(new Map([[mug.sku, { ...mug, name: 'Renamed' }]]))],
  ])('is active again when %s', (_what, decide) => {
    cart.when(decide).thenState((after) => {
      expect(after).toMatchObject({ status: 'active', itemsChangedAt: at(3) });
    });
  });

  it('stays abandoned if a request changes nothing', () => {
    cart.when(changeQuantity(mugId, 2, limits)).thenNothing();
    cart.when(repriceCart(new Map([[mug.sku, mug]]))).thenNothing();
  });

  it('can be discarded', () => {
    cart.when(discardCart()).then(new CartDiscarded({ cartId }));
  });
});
