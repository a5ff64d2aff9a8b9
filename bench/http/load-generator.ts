import { closedLoop, Recording, type Measurement } from '../support/measure.js';
import { answerQuestions } from './child-process.js';
import { addItemBody, tokenLine, type BenchCart } from './shop.js';
import { post, withConnections, type HttpConnection } from './http-connection.js';

/** Load to be put on a service. */
export interface Load {
  readonly origin: string;
  /** Requests go to `<path>/<cartId>/items`. */
  readonly path: string;
  /** Each gets one request after the other: all of them the first SKU, then all of them the second, and so on. */
  readonly carts: readonly BenchCart[];
  readonly skus: readonly string[];
  readonly minimal: boolean;
  readonly connections: number;
  readonly durationMs: number;
  /** Requests a second, sent when they are due; without it each connection sends the next one when it is answered. */
  readonly rate?: number;
}

/** What the load came to, and the processor seconds that making it took. */
export interface LoadResult extends Measurement {
  readonly cpuSeconds: number;
}

const TICK_MS = 1;

answerQuestions(
  async (load: Load): Promise<LoadResult> =>
    withConnections(load.origin, load.connections, async (connections) => {
      const { user, system } = process.cpuUsage();
      const measurement = await (load.rate === undefined
        ? closed(load, connections)
        : paced(load, load.rate, connections));
      const { user: userAfter, system: systemAfter } = process.cpuUsage();
      return { ...measurement, cpuSeconds: (userAfter - user + systemAfter - system) / 1e6 };
    }),
  () => Promise.resolve(),
);

async function closed(load: Load, connections: readonly HttpConnection[]): Promise<Measurement> {
  const next = requestsOf(load);
  return closedLoop(
    connections.map((connection) => () => connection.send(next())),
    load.durationMs,
  );
}

/** A request counts as sent when it was due, also where no connection was free just then. */
async function paced(load: Load, rate: number, connections: readonly HttpConnection[]): Promise<Measurement> {
  const next = requestsOf(load);
  const recording = new Recording();
  const free = [...connections];
  const failures: unknown[] = [];
  const answers: Promise<void>[] = [];
  const total = (rate * load.durationMs) / 1000;
  const startedAt = performance.now();

  const send = async (connection: HttpConnection, dueAt: number): Promise<void> => {
    try {
      await connection.send(next());
      recording.add(performance.now() - dueAt);
      free.push(connection);
    } catch (error) {
      failures.push(error);
    }
  };
  while (answers.length < total && failures.length === 0) {
    const due = Math.min(total, ((performance.now() - startedAt) * rate) / 1000);
    while (answers.length < due) {
      const connection = free.pop();
      if (connection === undefined) break;
      answers.push(send(connection, startedAt + (answers.length * 1000) / rate));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  return recording.finish();
}

function requestsOf({ path, carts, skus, minimal }: Load): () => string {
  const headers = minimal ? 'prefer: return=minimal\r\n' : '';
  let count = 0;
  return () => {
    const cart = carts[count % carts.length];
    const sku = skus[Math.floor(count / carts.length) % skus.length] ?? '';
    count += 1;
    if (cart === undefined) throw new Error('There are no carts to put a load on.');
    return post(`${path}/${cart.id}/items`, addItemBody(sku), headers + tokenLine(cart));
  };
}
