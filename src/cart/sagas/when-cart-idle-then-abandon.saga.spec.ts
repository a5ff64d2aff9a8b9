import { cancelDue, dueCommand } from '../../event-sourcing/index.js';
import { sagaContract } from '../../event-sourcing/testing/index.js';
import { AbandonCartCommand } from '../commands/abandon-cart.command.js';
import {
  CartAbandoned,
  CartCleared,
  CartClaimed,
  CartDiscarded,
  CartMerged,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
} from '../domain/cart.events.js';
import { cartId, mugAdded, mugId, opened } from '../testing/examples.js';
import { WhenCartIdleThenAbandon } from './when-cart-idle-then-abandon.saga.js';

const IDLE_MS = 60_000;
const ID = `cart.abandon ${cartId}`;
const saga = new WhenCartIdleThenAbandon(IDLE_MS).whenCartIdleThenAbandon;
const dueAfter = (second: number) => {
  const at = new Date(Date.UTC(2030, 0, 1) + second * 1_000 + IDLE_MS);
  return dueCommand(new AbandonCartCommand(cartId), { at, id: ID, keep: true });
};

describe('when a cart is idle, then abandon it', () => {
  it('sets the one timer of a cart when it is opened and whenever its items change', async () => {
    const changes = [
      opened,
      mugAdded,
      new ItemQuantityChanged({ cartId, itemId: mugId, quantity: 5 }),
      new ItemRepriced({ cartId, itemId: mugId, name: 'Mug', unitPrice: 1 }),
      new ItemRemoved({ cartId, itemId: mugId }),
      new CartCleared({ cartId }),
    ];
    expect(await sagaContract(saga, changes)).toEqual(changes.map((_change, second) => dueAfter(second)));
  });

  it('ends the timer when the cart is discarded, and sets none when it is abandoned', async () => {
    const events = [opened, new CartAbandoned({ cartId }), new CartDiscarded({ cartId })];
    expect(await sagaContract(saga, events)).toEqual([dueAfter(0), cancelDue(ID)]);
  });

  it('ends the timer when the cart is merged, and keeps it when the cart is claimed', async () => {
    const merged = { cartId, customerId: 'carla', intoCartId: mugId, intoBefore: 1, intoAfter: 1 };
    const events = [opened, new CartClaimed({ cartId, customerId: 'carla' }), new CartMerged(merged)];
    expect(await sagaContract(saga, events)).toEqual([dueAfter(0), cancelDue(ID)]);
  });
});
