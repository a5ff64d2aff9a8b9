import type { Append, AppendResult } from '../../../src/event-sourcing/log/append/append.js';
import type { BatchEntry } from '../../../src/event-sourcing/log/append/batch-arrays.js';
import { GroupCommit, type SentOutcome } from '../../../src/event-sourcing/log/append/group-commit.js';
import type { PendingAppend } from '../../../src/event-sourcing/log/append/pending-append.js';
import { Deposited, newEvent } from './bank.js';

export const APPENDED: AppendResult = { status: 'appended' };
/** Batches that the group commits here may have in flight, and appends in a batch. */
export const BATCHES = 2;
export const SIZE = 3;

const EVENT = newEvent(new Deposited({ amount: 1 }));

/** An append of which only the streams, and its command, matter: one event to each, of version 1, or of the one behind the version in `a@3`. */
export function appendTo(
  writes: readonly string[],
  reads: readonly string[] = [],
  commandId?: string,
): Append {
  return {
    writes: writes.map((name) => {
      const [stream = '', version = 0] = name.split('@');
      return { stream, expectedVersion: Number(version), events: [EVENT], occurredAt: new Date(0) };
    }),
    conditions: reads.map((name) => {
      const [stream = '', version = 0] = name.split('@');
      return { stream, version: Number(version) };
    }),
    ...(commandId !== undefined && { command: { id: commandId, fingerprint: '', outcome: null } }),
  };
}

/** A batch on its way. */
export interface Sent {
  readonly entries: readonly BatchEntry[];
  readonly wait: boolean;
  answer(outcomes: SentOutcome[]): void;
  refuse(error: Error): void;
}

/** The other end of the port: keeps what was sent until the test answers it. */
export class Wire {
  readonly inFlight: Sent[] = [];
  readonly log: Sent[] = [];

  readonly send = async (entries: readonly BatchEntry[], wait: boolean): Promise<SentOutcome[]> =>
    new Promise((answer, refuse) => {
      const sent = { entries, wait, answer, refuse };
      this.inFlight.push(sent);
      this.log.push(sent);
    });

  /** Answers the batch that was sent first: `appended` to all, unless told otherwise. */
  async answer(outcomes?: SentOutcome[]): Promise<void> {
    const sent = this.inFlight.shift();
    sent?.answer(outcomes ?? sent.entries.map(() => APPENDED));
    await settle();
  }

  /** The streams of the appends of each batch, in the order in which they were sent. */
  get written(): string[][] {
    return this.log.map(({ entries }) =>
      entries.map(({ append }) => append.writes.map(({ stream }) => stream).join('+')),
    );
  }
}

/** Lets all that is ready happen. */
export async function settle(): Promise<void> {
  // An answer has the next batch leave at the end of the turn after it.
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function groupCommit(wire: Wire, stored: (appends: number) => void = () => undefined): GroupCommit {
  return new GroupCommit(wire.send, {
    maxBatchesInFlight: BATCHES,
    maxBatchSize: SIZE,
    onStored: ({ length }) => {
      stored(length);
    },
  });
}

/** What became of appends that have all come to an end. */
export async function outcomes(pending: readonly PendingAppend[]): Promise<string[]> {
  const settled = await Promise.allSettled(pending.map(({ result }) => result));
  return settled.map((one) => (one.status === 'fulfilled' ? one.value.status : 'error'));
}
