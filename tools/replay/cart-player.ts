import { randomUUID } from 'node:crypto';
import { CartModel } from './cart-model.js';
import type { Catalogue } from './catalogue.js';
import type { Answer, CartwrightClient } from './client.js';
import type { Dispatcher } from './dispatcher.js';
import { accepted, refused } from './expectation.js';
import { elements, member } from './json.js';
import type { AddStep, RemoveStep, Trace, TraceCart, TraceProduct } from './trace.js';

/** What every cart of a replay shares. */
export interface Stage {
  readonly trace: Trace;
  readonly client: CartwrightClient;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
}

/** A cart after its last command: the version that the service acknowledged last, and what the cart must be now. */
export interface PlayedCart {
  readonly key: string;
  readonly id: string;
  readonly version: number;
  readonly model: CartModel;
}

/** Sends the commands of one cart, one after the other, in the trace's order, and keeps the model beside them. */
export class CartPlayer {
  private readonly model: CartModel;
  private readonly wantsItemIds: boolean;
  private version = 0;

  /**
   * @param id the cart's id, as the service gave it
   * @param onRow told after each row
   */
  private constructor(
    private readonly stage: Stage,
    private readonly cart: TraceCart,
    private readonly id: string,
    private readonly onRow: () => void,
  ) {
    this.model = new CartModel(stage.trace.currency);
    this.wantsItemIds = cart.steps.some(({ kind }) => kind === 'remove');
  }

  /**
   * Creates the cart and sends its rows.
   *
   * @returns undefined where the cart could not be created: then its rows are not sent
   * @throws ReplayError as {@link Dispatcher.send}
   */
  static async play(stage: Stage, cart: TraceCart, onRow: () => void): Promise<PlayedCart | undefined> {
    const { client, dispatcher, trace } = stage;
    const label = `cart ${cart.key}, create`;
    const answer = await dispatcher.send('create', label, accepted(201), () =>
      client.createCart(trace.currency),
    );
    if (answer === undefined) {
      return undefined;
    }
    const id = member(answer.body, 'id');
    if (typeof id !== 'string') {
      dispatcher.unexpected(`${label}: the answer has no id`);
      return undefined;
    }
    const player = new CartPlayer(stage, cart, id, onRow);
    player.acknowledge(label, answer);
    return player.playRows();
  }

  private async playRows(): Promise<PlayedCart> {
    for (const step of this.cart.steps) {
      await (step.kind === 'add' ? this.add(step) : this.removeOne(step));
      this.onRow();
    }
    return { key: this.cart.key, id: this.id, version: this.version, model: this.model };
  }

  private async add(step: AddStep): Promise<void> {
    const product = this.productOf(step);
    if (step.quantity < 1) {
      // It has to be refused whatever the price, so the catalogue is left alone.
      await this.sendAdd(step, product);
    } else if (step.price < 0) {
      await this.changePrice(step, product);
    } else {
      const change = (): Promise<void> => this.changePrice(step, product);
      await this.stage.catalogue.at(step.price, step.sku, change, () => this.sendAdd(step, product));
    }
  }

  private async sendAdd(step: AddStep, product: TraceProduct): Promise<void> {
    const { sku, quantity } = step;
    const label = this.label(step, `add ${sku} x ${quantity}`);
    const wantsItemId = this.wantsItemIds && !this.model.has(sku);
    const expected = this.model.add(product, quantity, step.price);
    const answer = await this.stage.dispatcher.send('add', label, expected, () =>
      this.stage.client.addItem(this.id, { sku, quantity }, wantsItemId),
    );
    if (answer === undefined || expected.code !== undefined) {
      return;
    }
    this.acknowledge(label, answer);
    if (wantsItemId) {
      const items = elements(member(answer.body, 'items'));
      const itemId = member(
        items.find((item) => member(item, 'sku') === sku),
        'id',
      );
      if (typeof itemId === 'string') {
        this.model.learnItemId(sku, itemId);
      } else {
        this.stage.dispatcher.unexpected(`${label}: the answer has no item ${sku}`);
      }
    }
  }

  /** Makes the catalogue's price the row's; a negative one has to be refused. */
  private async changePrice(step: AddStep, { sku, name }: TraceProduct): Promise<void> {
    const { client, dispatcher, trace } = this.stage;
    const price = { amount: step.price, currency: trace.currency };
    const expected = step.price < 0 ? refused(422, 'AMOUNT_OUT_OF_RANGE') : accepted(200);
    const label = this.label(step, `price of ${sku} to ${step.price}`);
    await dispatcher.send('price', label, expected, () => client.putProduct({ sku, name, price }));
  }

  private async removeOne(step: RemoveStep): Promise<void> {
    const { client, dispatcher } = this.stage;
    const removal = this.model.removeOne(step.sku);
    const label = this.label(step, `remove one ${step.sku}`);
    if (removal.kind === 'absent') {
      const expected = refused(404, 'ITEM_NOT_FOUND');
      await dispatcher.send('remove', label, expected, () => client.removeItem(this.id, randomUUID()));
      return;
    }
    const { itemId } = removal;
    if (itemId === undefined) {
      dispatcher.unexpected(`${label}: not sent, the item's id is not known`);
      return;
    }
    const answer = await (removal.kind === 'delete'
      ? dispatcher.send('remove', label, accepted(200), () => client.removeItem(this.id, itemId))
      : dispatcher.send('change', label, accepted(200), () =>
          client.changeQuantity(this.id, itemId, removal.quantity),
        ));
    if (answer !== undefined) {
      this.acknowledge(label, answer);
    }
  }

  /** Every accepted command changed this cart, which nobody else writes, so each answer must have a higher version. */
  private acknowledge(label: string, answer: Answer): void {
    const [id, version] = [member(answer.body, 'id'), member(answer.body, 'version')];
    if (id !== this.id || typeof version !== 'number' || version <= this.version) {
      const got = `id ${String(id)} and version ${String(version)}`;
      this.stage.dispatcher.unexpected(`${label}: ${got} after ${this.id} at ${this.version}`);
    }
    this.version = typeof version === 'number' ? version : this.version;
  }

  private productOf({ sku }: AddStep): TraceProduct {
    const product = this.stage.trace.products.get(sku);
    if (product === undefined) {
      throw new Error(`the trace has no product ${sku}`);
    }
    return product;
  }

  private label(step: AddStep | RemoveStep, what: string): string {
    return `row ${step.row}, cart ${this.cart.key}, ${what}`;
  }
}
