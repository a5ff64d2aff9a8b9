import type { BenchProcess } from '../support/bench-process.js';
import type { Load, LoadResult } from '../http/load-generator.js';
import { untilIdle } from '../http/idle.js';
import type { Subject } from '../http/subject.js';
import type { MakeCalls, Scenario } from './scenario.js';

const CONNECTIONS = 64;
/** The warm-up may take this many times as long as a measurement. */
const WARM_UP_FACTOR = 5;

/** A measurement of requests that can be repeated takes at least this long. */
const LEAST_MS = 1_000;

/** How much is measured. */
export interface Amounts {
  /** Calls before the first measurement of a scenario. */
  readonly warmUp: number;
  /** Factor for the calls of each measurement; 1 for what the scenario says. */
  readonly scale: number;
  /** Seconds after which a measurement ends even if not all calls were made. */
  readonly longest: number;
}

/** What a measurement of a scenario came to. Processor times are microseconds a call. */
export interface ScenarioResult extends LoadResult {
  readonly service: number;
  readonly postgres: number;
}

/** Prepares a scenario on a subject, warms it up, and returns a function that measures it once. */
export async function prepareScenario(
  generator: BenchProcess,
  subject: Subject,
  scenario: Scenario,
  { warmUp, scale, longest }: Amounts,
): Promise<() => Promise<ScenarioResult>> {
  const calls = Math.max(1, Math.round(scenario.calls * scale));
  const longestMs = longest * 1_000;
  const makeCalls = await scenario.prepare(subject, Math.max(calls, warmUp));
  const load = async (count: number, durationMs: number): Promise<LoadResult> =>
    generator.ask<LoadResult>(await loadOf(subject, scenario, makeCalls, count, durationMs));
  const heat = async (): Promise<void> => {
    await load(warmUp, longestMs * WARM_UP_FACTOR);
    await subject.settle();
  };
  const measured = { leastMs: scenario.once === true ? 0 : LEAST_MS * Math.min(1, scale) };
  if (scenario.restarts !== true) await heat();
  await subject.tidy();
  return async () => {
    if (scenario.restarts === true) {
      await subject.restart?.();
      await heat();
    }
    const prepared = { ...(await loadOf(subject, scenario, makeCalls, calls, longestMs)), ...measured };
    await subject.settle();
    await untilIdle(subject);
    const before = await subject.cpu();
    const result = await generator.ask<LoadResult>(prepared);
    await subject.settle();
    const after = await subject.cpu();
    const micros = 1e6 / result.calls;
    return {
      ...result,
      service: (after.service - before.service) * micros,
      postgres: (after.postgres - before.postgres) * micros,
    };
  };
}

async function loadOf(
  { origin }: Subject,
  { mayRefuse = false }: Scenario,
  makeCalls: MakeCalls,
  count: number,
  durationMs: number,
): Promise<Load> {
  const calls = await makeCalls(count);
  return { origin, calls, most: count, durationMs, connections: CONNECTIONS, mayRefuse };
}
