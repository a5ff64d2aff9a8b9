import { v5 } from 'uuid';
import type { Append } from '../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import type { PendingAppend } from '../../../src/event-sourcing/log/append/pending-append.js';
import type { Attempt } from './append-history.js';
import { write } from './bank.js';

const NAMESPACE = '0190a000-0000-7000-8000-000000000000';

/** What to append, as chance has it. Versions are relative to what the process knows. */
export interface Wish {
  /** Streams that are written, each with its number of events; none for one that must only be where it was seen. */
  readonly writes: readonly { readonly stream: number; readonly events: number }[];
  /** Streams that must be where they were seen. */
  readonly reads: readonly number[];
  /** How far off the expectations are. */
  readonly offset: number;
  /** Whether it builds on what is under way; else it expects what this process knows to be stored. */
  readonly builds: boolean;
  readonly command: number | undefined;
}

interface Known {
  stored: number;
  latest: number;
  tail: { readonly attempt: Attempt; readonly pending: PendingAppend } | undefined;
}

/** A process that appends, and knows of each stream what it has stored itself and what it has under way. */
export class AppendWriter {
  private readonly streams = new Map<string, Known>();

  constructor(
    private readonly log: EventLog,
    private readonly run: string,
    /** A clock that all writers share. */
    private readonly tick: () => number,
  ) {}

  /** Sends an append at once. The attempt has its outcome when `done` resolves. */
  send(wish: Wish): { readonly attempt: Attempt; readonly done: Promise<void> } {
    const written = new Set(wish.writes.map(({ stream }) => stream));
    const known = [...written].map((stream) => this.known(stream));
    const bases = wish.builds ? [...new Set(known.flatMap(({ tail }) => tail ?? []))] : [];
    const append = this.appendOf(wish);
    const attempt: Attempt = {
      append,
      buildsOn: bases.map((base) => base.attempt),
      sentAt: this.tick(),
      answeredAt: Infinity,
      status: undefined,
    };
    const pending = this.log.append(
      append,
      bases.map((base) => base.pending),
    );
    if (wish.builds && wish.offset === 0) {
      for (const { stream, events } of wish.writes) {
        if (events === 0) continue;
        const cell = this.known(stream);
        cell.latest += events;
        cell.tail = { attempt, pending };
      }
    }
    return { attempt, done: this.settled(attempt, pending) };
  }

  /** Learns what is stored, as a process does that reads the log again. */
  async refresh(): Promise<void> {
    for (const [stream, cell] of this.streams) {
      cell.stored = Math.max(cell.stored, await this.log.streamVersion(stream));
      if (cell.tail === undefined) cell.latest = cell.stored;
    }
  }

  private async settled(attempt: Attempt, pending: PendingAppend): Promise<void> {
    const result = await pending.result.catch(() => ({ status: 'error' as const }));
    attempt.answeredAt = this.tick();
    attempt.status = result.status;
    if (result.status === 'repeated') attempt.fingerprint = result.fingerprint;
    if ('positions' in result) attempt.positions = result.positions;
    for (const { stream, expectedVersion, events } of attempt.append.writes) {
      const cell = this.streams.get(stream);
      if (!cell) continue;
      if (result.status === 'appended') cell.stored = Math.max(cell.stored, expectedVersion + events.length);
    }
    for (const cell of this.streams.values()) {
      const isOver =
        cell.tail?.attempt === attempt ||
        (result.status !== 'appended' && cell.tail?.pending.restsOn(pending));
      if (!isOver) continue;
      cell.tail = undefined;
      cell.latest = cell.stored;
    }
  }

  private appendOf({ writes, reads, offset, builds, command }: Wish): Append {
    const versionOf = (stream: number): number => {
      const { stored, latest } = this.known(stream);
      return Math.max(0, (builds ? latest : stored) + offset);
    };
    return {
      writes: writes.map(({ stream, events }) => write(this.nameOf(stream), versionOf(stream), events)),
      conditions: reads
        .filter((stream) => writes.every((other) => other.stream !== stream))
        .map((stream) => ({ stream: this.nameOf(stream), version: versionOf(stream) })),
      ...(command !== undefined && {
        command: {
          id: v5(`${this.run} ${command}`, NAMESPACE),
          fingerprint: String(this.tick()),
          outcome: null,
        },
      }),
    };
  }

  private known(stream: number): Known {
    const name = this.nameOf(stream);
    const known = this.streams.get(name) ?? { stored: 0, latest: 0, tail: undefined };
    this.streams.set(name, known);
    return known;
  }

  private nameOf(stream: number): string {
    return `${this.run}-${stream}`;
  }
}
