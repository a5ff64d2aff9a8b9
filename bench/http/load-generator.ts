import { closedLoop, Recording, type Call, type Measurement } from '../support/measure.js';
import { answerQuestions } from '../support/bench-process.js';
import { succeeded, unexpected, withConnections, type HttpConnection } from './http-connection.js';

/** Load to be put on a service. */
export interface Load {
  readonly origin: string;
  /**
   * Each holds requests that one connection sends one after the other; together they count as one call. After the last
   * one the first one follows again.
   */
  readonly calls: readonly (readonly string[])[];
  readonly connections: number;
  /** Milliseconds after which no further call begins. */
  readonly durationMs: number;
  /** Calls to be made at most; more are made until `leastMs` are over. */
  readonly most?: number;
  /** Milliseconds. */
  readonly leastMs?: number;
  /** Calls a second, made when they are due; without it each connection makes the next one when it is answered. */
  readonly rate?: number;
  /** Whether a 409, 412 or 503 counts as a refusal. Otherwise it ends the load, as any other failure does. */
  readonly mayRefuse?: boolean;
}

/** What the load came to, and the processor seconds that making it took. */
export interface LoadResult extends Measurement {
  readonly cpuSeconds: number;
  readonly refused: number;
}

const TICK_MS = 1;
const REFUSALS = [409, 412, 503];

answerQuestions(
  async (load: Load): Promise<LoadResult> =>
    withConnections(load.origin, load.connections, async (connections) => {
      const { user, system } = process.cpuUsage();
      const tally = { refused: 0 };
      const callers = callersOf(load, connections, tally);
      const measurement = await (load.rate === undefined
        ? closedLoop(callers, load)
        : paced(load, load.rate, callers));
      const { user: userAfter, system: systemAfter } = process.cpuUsage();
      return { ...measurement, ...tally, cpuSeconds: (userAfter - user + systemAfter - system) / 1e6 };
    }),
  () => Promise.resolve(),
);

/** For each connection, a function that makes the next call. */
function callersOf(load: Load, connections: readonly HttpConnection[], tally: { refused: number }): Call[] {
  let next = 0;
  return connections.map((connection) => async () => {
    const requests = load.calls[next % load.calls.length] ?? [];
    next += 1;
    for (const request of requests) {
      const answer = await connection.exchange(request);
      if (succeeded(answer)) continue;
      if (load.mayRefuse !== true || !REFUSALS.includes(answer.status)) throw unexpected(request, answer);
      tally.refused += 1;
    }
  });
}

/** A call counts as begun when it was due, even if no connection was free then. */
async function paced(
  { durationMs, most = Infinity }: Load,
  rate: number,
  callers: readonly Call[],
): Promise<Measurement> {
  const recording = new Recording();
  const free = [...callers];
  const failures: unknown[] = [];
  const answers: Promise<void>[] = [];
  const total = Math.min((rate * durationMs) / 1000, most);
  const startedAt = performance.now();

  const make = async (call: Call, dueAt: number): Promise<void> => {
    try {
      await call();
      recording.add(performance.now() - dueAt);
      free.push(call);
    } catch (error) {
      failures.push(error);
    }
  };
  while (answers.length < total && failures.length === 0) {
    const due = Math.min(total, ((performance.now() - startedAt) * rate) / 1000);
    while (answers.length < due) {
      const call = free.pop();
      if (call === undefined) break;
      answers.push(make(call, startedAt + (answers.length * 1000) / rate));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  return recording.finish();
}
