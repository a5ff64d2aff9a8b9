import { CommandHandler, isExpectedVersionConflictError, projections } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore, pongoSingleStreamProjection } from '@event-driven-io/emmett-postgresql';
import { pongoClient } from '@event-driven-io/pongo';
import { ConflictError, found, type Cart, type CartStore, type Line, type Product } from './cart.js';
import {
  Catalogue,
  EVENT_TYPES,
  evolve,
  itemRemoved,
  NO_CART,
  opened,
  quantityChanged,
  type CartEvent,
} from './cart-history.js';
import { databaseUrl, serve } from './fastify-server.js';

const VIEW = 'carts';

const initialState = (): Cart => NO_CART;
const handle = CommandHandler<Cart, CartEvent>({ evolve, initialState });

const url = databaseUrl();
const store = getPostgreSQLEventStore(url, {
  projections: projections.inline([
    pongoSingleStreamProjection<Cart, CartEvent>({
      collectionName: VIEW,
      canHandle: [...EVENT_TYPES],
      evolve,
      initialState,
    }),
  ]),
});
const view = pongoClient(url).db().collection<Cart>(VIEW);

/** Emmett as documented: a command handler on streams, and a view that is written in the same transaction. */
class EmmettCarts implements CartStore {
  private readonly catalogue = new Catalogue();

  importProducts(products: readonly Product[]): Promise<void> {
    this.catalogue.add(products);
    return Promise.resolve();
  }

  async open(currency: string, lines: readonly Line[]): Promise<Cart> {
    const event = opened(
      currency,
      lines.map((line) => this.catalogue.itemOf(line)),
    );
    const cart = evolve(NO_CART, event);
    await handle(store, cart.id, () => event);
    return cart;
  }

  add(cartId: string, line: Line): Promise<number> {
    return changed(cartId, () => ({ type: 'ItemAdded', data: { item: this.catalogue.itemOf(line) } }));
  }

  change(cartId: string, itemId: string, quantity: number): Promise<number> {
    return changed(cartId, (cart) => quantityChanged(cart, itemId, quantity));
  }

  remove(cartId: string, itemId: string): Promise<number> {
    return changed(cartId, (cart) => itemRemoved(cart, itemId));
  }

  async get(cartId: string): Promise<Cart> {
    return found(await view.findOne({ _id: cartId }), `cart ${cartId}`);
  }
}

/** Decides on the events of a cart, with Emmett's own three retries. */
async function changed(cartId: string, decide: (cart: Cart) => CartEvent): Promise<number> {
  try {
    const onItsCart = (cart: Cart): CartEvent => {
      found(cart.version === 0 ? undefined : cart, `cart ${cartId}`);
      return decide(cart);
    };
    const { newState } = await handle(store, cartId, onItsCart, { retry: { onVersionConflict: true } });
    return newState.version;
  } catch (error) {
    if (isExpectedVersionConflictError(error)) throw new ConflictError('The cart has changed meanwhile.');
    throw error;
  }
}

await store.schema.migrate();
await serve(new EmmettCarts());
