import { get as httpGet, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Load, LoadResult } from '../http/load-generator.js';
import { get, withConnections } from '../http/http-connection.js';
import { ADMIN, addRequest, openCarts, SKUS } from '../http/shop.js';
import type { Subject } from '../http/subject.js';
import type { BenchProcess } from '../support/bench-process.js';

export const FOLLOWERS = 100;

const CONNECTIONS = 16;
const CARTS = 100;
const PATIENCE_MS = 30_000;
const POLL_MS = 5;

/** What following the log live came to. */
export interface FanOut {
  /** Events a second that reached followers, each follower counted. */
  readonly rate: number;
  /** Processor time of the service for an event that reached a follower, its add included; microseconds. */
  readonly service: number;
}

/** Lets 100 followers of the live feed see adds, from the first request until the last follower has the last event. */
export async function fanOut(subject: Subject, generator: BenchProcess, adds: number): Promise<FanOut> {
  const carts = await openCarts(subject.origin, CARTS);
  const calls = SKUS.slice(0, Math.ceil(adds / CARTS)).flatMap((sku) =>
    carts.map((cart) => [addRequest(cart, sku)]),
  );
  await subject.settle();
  const head = await headOf(subject.origin);
  const followers = await Promise.all(
    Array.from({ length: FOLLOWERS }, () => Follower.start(subject.origin, head)),
  );
  try {
    const load: Load = {
      origin: subject.origin,
      calls: calls.slice(0, adds),
      most: adds,
      connections: CONNECTIONS,
      durationMs: PATIENCE_MS,
    };
    const before = await subject.cpu();
    const startedAt = performance.now();
    const { calls: made } = await generator.ask<LoadResult>(load);
    while (followers.some(({ events }) => events < made)) {
      if (performance.now() - startedAt > PATIENCE_MS)
        throw new Error('Some followers did not see all events.');
      await pause(POLL_MS);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await subject.cpu();
    const delivered = made * FOLLOWERS;
    return { rate: delivered / seconds, service: ((after.service - before.service) * 1e6) / delivered };
  } finally {
    for (const follower of followers) follower.end();
  }
}

async function headOf(origin: string): Promise<number> {
  return withConnections(origin, 1, async ([connection]) => {
    const answer = await connection?.send(get('/v1/projections', ADMIN));
    const [first] = JSON.parse(answer?.body ?? '[]') as { head: number }[];
    return first?.head ?? 0;
  });
}

/** A client of the live feed that counts events. */
class Follower {
  events = 0;
  private rest = '';

  private constructor(private readonly answer: IncomingMessage) {
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (this.rest + chunk).split('\n');
      this.rest = lines.pop() ?? '';
      this.events += lines.filter((line) => line.startsWith('data:')).length;
    });
    answer.on('error', () => undefined);
  }

  static async start(origin: string, after: number): Promise<Follower> {
    const [, authorization = ''] = ADMIN.trim().split(': ');
    const request = httpGet(`${origin}/v1/events/stream?after=${after}`, {
      headers: { authorization },
      agent: false,
    });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200)
      throw new Error(`The live feed was answered with ${answer.statusCode ?? ''}.`);
    return new Follower(answer);
  }

  end(): void {
    this.answer.destroy();
  }
}
