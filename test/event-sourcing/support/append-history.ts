import type { Append } from '../../../src/event-sourcing/log/append/append.js';
import type { LogRow } from './log-database.js';

/** One append as whoever sent it saw it. Times are those of a counter that the whole history shares. */
export interface Attempt {
  readonly append: Append;
  /** Attempts that it was decided on top of. */
  readonly buildsOn: readonly Attempt[];
  readonly sentAt: number;
  answeredAt: number;
  status: 'appended' | 'conflict' | 'repeated' | 'error' | undefined;
  /** What a repeat was told. */
  fingerprint?: string;
  /** Where its events are said to be, in their order. */
  positions?: readonly number[];
}

/** A stream and the version that an attempt has found it at, or wanted to. */
interface Expectation {
  readonly stream: string;
  readonly version: number;
}

/** @returns what is wrong with the outcomes and the log that they led to: nothing, where they are those of some serial order */
export function faultsOf(attempts: readonly Attempt[], rows: readonly LogRow[]): string[] {
  const writers = new Map<string, Attempt>();
  const faults = [...atomicity(attempts, rows, writers), ...deduplication(attempts)];
  for (const attempt of attempts) {
    if (attempt.status === undefined || attempt.status === 'error')
      faults.push(`${nameOf(attempt)} has no outcome`);
    if (attempt.status === 'conflict' && !isJustified(attempt, writers, attempts))
      faults.push(`${nameOf(attempt)} was refused without a reason`);
  }
  return [...faults, ...serialOrder(attempts, writers)];
}

/** All events of what was appended, and no others, each where it was to be. */
function atomicity(
  attempts: readonly Attempt[],
  rows: readonly LogRow[],
  writers: Map<string, Attempt>,
): string[] {
  const faults: string[] = [];
  const stored = new Map(rows.map((row) => [row.id, row]));
  if (stored.size !== rows.length) faults.push('an event is stored twice');
  for (const attempt of attempts) {
    const positions: number[] = [];
    for (const { stream, expectedVersion, events } of attempt.append.writes) {
      events.forEach(({ id }, index) => {
        const row = stored.get(id);
        stored.delete(id);
        const version = expectedVersion + index + 1;
        if ((row !== undefined) !== (attempt.status === 'appended'))
          faults.push(
            `${nameOf(attempt)} is ${attempt.status ?? 'open'}, but ${id} ${row ? 'is' : 'is not'} stored`,
          );
        if (row === undefined) return;
        positions.push(row.position);
        if (row.stream !== stream || row.version !== version) faults.push(`${id} is not where it was to be`);
        writers.set(`${stream} ${version}`, attempt);
      });
    }
    if (attempt.positions && attempt.positions.join() !== positions.join())
      faults.push(`${nameOf(attempt)} is said to be at ${attempt.positions.join()}, not ${positions.join()}`);
  }
  for (const id of stored.keys()) faults.push(`${id} is stored, and nobody has appended it`);
  return faults;
}

/** A command is stored once at most, and every other one of its id is told so. */
function deduplication(attempts: readonly Attempt[]): string[] {
  return attempts.flatMap((attempt) => {
    const { command } = attempt.append;
    if (!command) return [];
    const first = attempts.find(
      (other) => other.append.command?.id === command.id && other.status === 'appended',
    );
    if (attempt.status === 'appended' && first !== attempt) return [`command ${command.id} is stored twice`];
    if (attempt.status !== 'repeated') return [];
    return first?.append.command?.fingerprint === attempt.fingerprint
      ? []
      : [`${nameOf(attempt)} is told of another first outcome`];
  });
}

function expectationsOf({ append: { writes, conditions } }: Attempt): Expectation[] {
  return [
    ...writes.map(({ stream, expectedVersion }) => ({ stream, version: expectedVersion })),
    ...conditions,
  ];
}

/** A refusal needs a base that has failed, or a stream that was not at its version at some moment while it was under way. */
function isJustified(
  attempt: Attempt,
  writers: ReadonlyMap<string, Attempt>,
  attempts: readonly Attempt[],
): boolean {
  if (attempt.buildsOn.some(({ status }) => status !== 'appended')) return true;
  // One that was repeated takes down what was sent with its id.
  const { command } = attempt.append;
  if (command && attempts.some((other) => other !== attempt && other.append.command?.id === command.id))
    return true;
  return expectationsOf(attempt).some(({ stream, version }) => {
    const next = writers.get(`${stream} ${version + 1}`);
    if (next && next !== attempt && next.sentAt < attempt.answeredAt) return true;
    const writer = writers.get(`${stream} ${version}`);
    return version > 0 && (writer === undefined || writer.answeredAt > attempt.sentAt);
  });
}

/** What was appended can be put in an order in which each finds what it expects, and nobody comes before one who was done when he began. */
function serialOrder(attempts: readonly Attempt[], writers: ReadonlyMap<string, Attempt>): string[] {
  const appended = attempts.filter(({ status }) => status === 'appended');
  const before = new Map<Attempt, Set<Attempt>>(appended.map((attempt) => [attempt, new Set()]));
  for (const attempt of appended) {
    for (const { stream, version } of expectationsOf(attempt)) {
      const [writer, next] = [writers.get(`${stream} ${version}`), writers.get(`${stream} ${version + 1}`)];
      if (version > 0 && !writer)
        return [`${nameOf(attempt)} stands on ${stream} ${version}, which is not there`];
      if (writer && writer !== attempt) before.get(attempt)?.add(writer);
      if (next && next !== attempt) before.get(next)?.add(attempt);
    }
    for (const other of appended) if (other.answeredAt < attempt.sentAt) before.get(attempt)?.add(other);
  }
  while (before.size > 0) {
    const free = [...before].filter(([, those]) => ![...those].some((one) => before.has(one)));
    if (free.length === 0) return [`no order of ${[...before.keys()].map(nameOf).join(', ')}`];
    for (const [attempt] of free) before.delete(attempt);
  }
  return [];
}

function nameOf(attempt: Attempt): string {
  return `[${expectationsOf(attempt)
    .map(({ stream, version }) => `${stream}@${version}`)
    .join(' ')}]`;
}
