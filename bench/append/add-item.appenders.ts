import { v7 as uuidv7 } from 'uuid';
import { CartAnswers } from '../../src/cart/answers/cart-answers.js';
import { CartWriter } from '../../src/cart/write-side/cart-writer.js';
import { AddItemCommand, AddItemHandler } from '../../src/cart/commands/add-item.command.js';
import { OpenCartCommand, OpenCartHandler } from '../../src/cart/commands/open-cart.command.js';
import { CustomerCarts } from '../../src/cart/write-side/customer-carts.js';
import {
  ImportProductsCommand,
  ImportProductsHandler,
} from '../../src/catalog/commands/import-products.command.js';
import { EventSourcedCatalog } from '../../src/catalog/port/event-sourced-catalog.js';
import { type EventLog, EventStore, type SettledLog } from '../../src/event-sourcing/index.js';
import { StateCache } from '../../src/event-sourcing/store/state-cache.js';
import { follow } from '../support/event-log.js';
import type { Call } from '../support/measure.js';
import type { Appenders } from './appenders.js';
import { EVENTS_A_STREAM } from './sample-event.js';

const CACHED_EVENTS = 250_000;
const LIMITS = { maxItems: 2_000, maxQuantity: 999_999_999 };
const CURRENCY = 'EUR';
const SKUS = Array.from({ length: 100 }, (_, index) => `LANTERN-METAL-WHITE-${index}`);

/**
 * The command of adding an item, without HTTP: decide on the cart's state and the product's, append one event under the
 * condition that the product has not changed. With `hot`, everybody adds to one and the same cart.
 */
export class AddItemAppenders implements Appenders {
  private readonly cache: StateCache;
  private readonly open: OpenCartHandler;
  private readonly add: AddItemHandler;
  private readonly products: ImportProductsHandler;
  private follower: SettledLog | undefined;
  private hotCart = '';

  private constructor(
    private readonly log: EventLog,
    private readonly hot: boolean,
  ) {
    this.cache = new StateCache(log, CACHED_EVENTS);
    const store = new EventStore(log, this.cache);
    const catalog = new EventSourcedCatalog(store);
    const answers = new CartAnswers(catalog);
    const carts = new CartWriter(store, answers);
    this.products = new ImportProductsHandler(store);
    this.open = new OpenCartHandler(carts, new CustomerCarts(store, LIMITS), catalog, answers, LIMITS);
    this.add = new AddItemHandler(carts, catalog, LIMITS);
  }

  static async create(log: EventLog, { hot }: { hot: boolean }): Promise<AddItemAppenders> {
    const appenders = new AddItemAppenders(log, hot);
    const products = SKUS.map((sku) => ({
      sku,
      name: 'White metal lantern with a hanging heart and a door, for tea lights',
      price: { amount: 339, currency: CURRENCY },
      active: true,
    }));
    await appenders.products.execute(new ImportProductsCommand(products));
    return appenders;
  }

  async begin(): Promise<void> {
    this.follower = await follow(this.log);
    this.follower.onSettled((event) => {
      this.cache.observe(event);
    });
    this.hotCart = await this.newCart();
  }

  async end(): Promise<void> {
    await this.follower?.stop();
  }

  async close(): Promise<void> {
    // The log is the bench's.
  }

  appender(): Call {
    let turn = 0;
    let cartId = this.hotCart;
    return async () => {
      if (!this.hot && turn % EVENTS_A_STREAM === 0) cartId = await this.newCart();
      else await this.addTo(cartId, SKUS[turn % SKUS.length] ?? '');
      turn += 1;
    };
  }

  private async newCart(): Promise<string> {
    const cartId = uuidv7();
    await this.open.execute(new OpenCartCommand(cartId, CURRENCY, null, []));
    return cartId;
  }

  private async addTo(cartId: string, sku: string): Promise<void> {
    const addition = { itemId: uuidv7(), quantity: 1, options: { colour: 'white', size: '20 cm' } };
    await this.add.execute(new AddItemCommand({ cartId, key: 'master' }, sku, addition));
  }
}
