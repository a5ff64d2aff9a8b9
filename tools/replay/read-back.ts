import { setTimeout as pause } from 'node:timers/promises';
import type { PlayedCart } from './cart-player.js';
import { type Answer, type CartwrightClient, errorCode } from './client.js';
import { compareCart, compareHistory } from './compare.js';
import type { Dispatcher } from './dispatcher.js';
import { brief, elements, member } from './json.js';
import type { Tally } from './tally.js';

const PATIENCE_MS = 120_000;
const SHORTEST_PAUSE_MS = 100;

/** Reads carts back and compares them with the model. */
export class ReadBack {
  constructor(
    private readonly client: CartwrightClient,
    private readonly dispatcher: Dispatcher,
    private readonly tally: Tally,
  ) {}

  /**
   * Compares one cart's view, and the versions of its history. What differs goes to the tally.
   *
   * @throws ReplayError as {@link Dispatcher.ask}
   */
  async check(cart: PlayedCart): Promise<void> {
    const { id, key, version, model } = cart;
    const shown = await this.get(`cart ${key}, read back`, () => this.client.getCart(id, version));
    const versions = await this.versions(cart);
    if (shown === undefined || versions === undefined) {
      return;
    }
    this.tally.compared += 1;
    const differences = [
      ...compareCart(id, version, model.expected(), shown),
      ...compareHistory(version, versions),
    ];
    if (differences.length > 0) {
      this.tally.mismatches.push(`cart ${key} (${id}): ${differences.join('; ')}`);
    }
  }

  /** The versions of all recorded events of a cart, undefined where they could not be read. */
  private async versions({ id, key }: PlayedCart): Promise<unknown[] | undefined> {
    const versions: unknown[] = [];
    for (let after: unknown = 0; typeof after === 'number';) {
      const from = after;
      const page = await this.get(`cart ${key}, events after ${from}`, () => this.client.getEvents(id, from));
      if (page === undefined) {
        return undefined;
      }
      versions.push(...elements(member(page, 'events')).map((event) => member(event, 'version')));
      after = member(page, 'next');
      if (typeof after === 'number' ? after <= from : after !== null) {
        this.dispatcher.unexpected(`cart ${key}, events after ${from}: next is ${brief(after)}`);
        return undefined;
      }
    }
    return versions;
  }

  /** The body of a 200, however long the view takes within reason; undefined where it was something else. */
  private async get(label: string, request: () => Promise<Answer>): Promise<unknown> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.dispatcher.ask(label, request);
      if (answer === undefined) {
        return undefined;
      }
      if (answer.status === 200) {
        return answer.body;
      }
      if (answer.status !== 503 || errorCode(answer) !== 'VIEW_BEHIND' || performance.now() > deadline) {
        this.dispatcher.unexpected(`${label}: expected 200, got ${answer.status} ${brief(answer.body)}`);
        return undefined;
      }
      this.tally.viewBehind += 1;
      await pause(Math.max(SHORTEST_PAUSE_MS, answer.retryAfterMs));
    }
  }
}
