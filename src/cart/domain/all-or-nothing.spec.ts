import { given } from '../../event-sourcing/testing/index.js';
import {
  added,
  addition,
  cap,
  capId,
  limits,
  mug,
  mugAdded,
  mugId,
  offer,
  opened,
  cartId,
} from '../testing/examples.js';
import { allOrNothing, type Step } from './all-or-nothing.js';
import { cartDecider } from './cart.js';
import { addItem, changeQuantity, removeItem, type Decision } from './cart.decisions.js';
import { CartDiscarded, ItemQuantityChanged, ItemRemoved } from './cart.events.js';

const steps = (...decisions: Decision[]): Step[] =>
  decisions.map((decide, index) => ({ pointer: `/operations/${index}`, decide }));

describe('several decisions as one', () => {
  it('are made one after the other, each on the state after the ones before it', () => {
    given(cartDecider, opened, mugAdded)
      .when(
        allOrNothing(
          steps(
            addItem(cap, addition(capId, 1), limits),
            addItem(cap, addition(mugId, 2), limits),
            removeItem(mugId),
            changeQuantity(capId, 3, limits),
            changeQuantity(capId, 5, limits),
          ),
        ),
      )
      .then(
        added(capId, cap, 1),
        added(capId, cap, 2),
        new ItemRemoved({ cartId, itemId: mugId }),
        new ItemQuantityChanged({ cartId, itemId: capId, quantity: 5 }),
      );
  });

  it('are refused together; the refusal names the first that fails', () => {
    const message = 'An item holds 1 to 10, and 2 are there already.';
    given(cartDecider, opened, mugAdded)
      .when(
        allOrNothing(
          steps(
            addItem(cap, addition(capId, 1), limits),
            addItem(mug, addition(capId, 9), limits),
            addItem(undefined, addition(capId, 9), limits),
          ),
        ),
      )
      .thenRefused('QUANTITY_OUT_OF_RANGE', {
        maximum: 10,
        errors: [{ pointer: '/operations/1', code: 'QUANTITY_OUT_OF_RANGE', message }],
      });
  });

  it('respect the limits of the cart together', () => {
    given(cartDecider, opened, mugAdded)
      .when(
        allOrNothing(
          steps(
            addItem(cap, addition(capId, 1), limits),
            addItem(offer('PEN-1', 5), addition('0197a2f0-7a05-7f6c-8d2e-1c9be6f3a904', 1), limits),
          ),
        ),
      )
      .thenRefused('ITEM_LIMIT_REACHED');
  });

  it('do not name a step if the cart is missing or closed', () => {
    const change = allOrNothing(steps(addItem(mug, addition(mugId, 1), limits)));
    given(cartDecider).when(change).thenRefused('CART_NOT_FOUND', { errors: undefined });
    given(cartDecider, opened, new CartDiscarded({ cartId }))
      .when(change)
      .thenRefused('CART_CLOSED', { errors: undefined });
  });

  it('change nothing if no step changes anything', () => {
    given(cartDecider, opened, mugAdded)
      .when(allOrNothing(steps(changeQuantity(mugId, 2, limits))))
      .thenNothing();
  });
});
