import { performance } from 'node:perf_hooks';
import { CartPlayer, type PlayedCart, type Stage } from './cart-player.js';
import { Catalogue } from './catalogue.js';
import type { CartwrightClient } from './client.js';
import { Dispatcher } from './dispatcher.js';
import { ReplayError } from './errors.js';
import { inParallel } from './in-parallel.js';
import { brief, member } from './json.js';
import type { Progress } from './progress.js';
import { ReadBack } from './read-back.js';
import { Tally } from './tally.js';
import type { Trace } from './trace.js';

/** The outcome of a replay; durations in seconds. */
export interface Summary {
  readonly trace: Trace;
  readonly tally: Tally;
  readonly seconds: { importing: number; commands: number; readingBack: number };
  /** Why the replay did not get to its end, undefined where it did. */
  readonly stopped: ReplayError | undefined;
}

/** How to replay: `concurrency` is the number of carts at a time. */
export interface ReplayOptions {
  readonly concurrency: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const PRODUCTS_A_CALL = 1_000;

/**
 * Imports the trace's products, sends its commands, and compares every cart with the model. What the service does wrong
 * is in the summary, not thrown.
 */
export async function replay(
  trace: Trace,
  client: CartwrightClient,
  { concurrency, progress, signal }: ReplayOptions,
): Promise<Summary> {
  const tally = new Tally();
  const dispatcher = new Dispatcher(tally, signal);
  const seconds = { importing: 0, commands: 0, readingBack: 0 };
  const timed = async (phase: keyof typeof seconds, work: () => Promise<void>): Promise<void> => {
    const start = performance.now();
    try {
      await work();
    } finally {
      progress.stop();
      seconds[phase] = (performance.now() - start) / 1000;
    }
  };
  const played: PlayedCart[] = [];
  let stopped: ReplayError | undefined;
  try {
    await timed('importing', () => importProducts(trace, client, dispatcher));
    const stage: Stage = { trace, client, dispatcher, catalogue: new Catalogue(trace.products.values()) };
    await timed('commands', () => {
      progress.start(
        'rows',
        trace.carts.reduce((rows, { steps }) => rows + steps.length, 0),
      );
      return inParallel(trace.carts, concurrency, async (cart) => {
        const result = await CartPlayer.play(stage, cart, () => {
          progress.advance();
        });
        if (result !== undefined) {
          played.push(result);
        }
      });
    });
    await timed('readingBack', () => {
      const readBack = new ReadBack(client, dispatcher, tally);
      progress.start('carts read back', played.length);
      return inParallel(played, concurrency, async (cart) => {
        await readBack.check(cart);
        progress.advance();
      });
    });
  } catch (error) {
    if (!(error instanceof ReplayError)) {
      throw error;
    }
    stopped = error;
  }
  return { trace, tally, seconds, stopped };
}

async function importProducts(trace: Trace, client: CartwrightClient, dispatcher: Dispatcher): Promise<void> {
  const products = [...trace.products.values()].map(({ sku, name, price }) => ({
    sku,
    name,
    price: { amount: price, currency: trace.currency },
  }));
  for (let start = 0; start < products.length; start += PRODUCTS_A_CALL) {
    const chunk = products.slice(start, start + PRODUCTS_A_CALL);
    const label = `import of products ${start + 1} to ${start + chunk.length}`;
    const answer = await dispatcher.ask(label, () => client.importProducts(chunk));
    const counts = ['created', 'updated', 'unchanged'].map((name) => Number(member(answer?.body, name)));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (answer?.status !== 200 || total !== chunk.length) {
      if (answer !== undefined) {
        dispatcher.unexpected(`${label}: got ${answer.status} ${brief(answer.body)}`);
      }
      const hint =
        answer?.status === 401 || answer?.status === 403 ? ': set ADMIN_TOKEN to a JWT of an admin' : '';
      throw new ReplayError(`stopped: the products could not be imported${hint}`, 1);
    }
  }
}
