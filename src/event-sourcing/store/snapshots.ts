import type { SnapshotOptions } from '../kernel/snapshot-options.js';
import type { Versioned } from '../kernel/decider.js';
import type { EventLog } from '../log/event-log.js';
import type { FoundSnapshot, SnapshotKey } from '../log/snapshot-table.js';
import { handOut } from '../runtime/hand-out.js';
import type { SnapshotReport } from '../runtime/monitor.js';
import { decodeSnapshot, encodeSnapshot, foldOf } from './snapshot-format.js';
import type { AnyDecider, StreamCell } from './stream-cell.js';
import type { StreamRef } from './stream-ref.js';

/** Snapshots that wait to be written. Beyond that, they are taken later. */
const MOST_WAITING = 1_000;

/** A decider that declares snapshots. */
interface Declared {
  readonly decider: AnyDecider;
  readonly name: string;
  readonly fold: string;
}

/** A snapshot to be written. */
interface Job {
  readonly ref: StreamRef;
  readonly options: SnapshotOptions<unknown>;
  readonly cell: StreamCell;
  readonly committed: Versioned<unknown>;
  readonly eventId: string;
}

/** A state that was read from a snapshot. */
export interface SnapshotState {
  readonly state: Versioned<unknown>;
  /** Id of its last event. */
  readonly eventId: string;
  /** Length of the state as JSON. */
  readonly length: number;
}

/**
 * Takes snapshots of the states of long streams, and begins with them when a stream is loaded. A snapshot is written
 * after the commit of its events, one at a time, and nobody waits for it. Whatever goes wrong is reported, and the
 * stream is folded from its first event.
 */
export class Snapshots {
  private readonly declared = new Map<string, Declared>();
  private readonly waiting = new Map<string, Job>();
  private writing: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly log: Pick<EventLog, 'registry' | 'snapshots'>,
    private readonly report: (report: SnapshotReport) => void,
  ) {}

  /**
   * Reads the snapshots of streams.
   * @returns in the order of `refs`; `undefined` where there is none that can be used
   * @throws Error for options that are not valid, and for a second decider with snapshots of the same name
   */
  async load(refs: readonly StreamRef[]): Promise<(SnapshotState | undefined)[]> {
    const keys = refs.map((ref) => this.keyOf(ref));
    const wanted = keys.flatMap((key) => key ?? []);
    if (wanted.length === 0) return refs.map(() => undefined);
    const found = await this.read(wanted);
    let next = 0;
    return refs.map(({ decider: { snapshots } }, index) => {
      const snapshot = keys[index] && found[next++];
      return snapshot && snapshots && this.decoded(snapshot, snapshots);
    });
  }

  /** Takes a snapshot of a state that is on disk, if enough events have come since the last one. */
  consider(ref: StreamRef, cell: StreamCell): void {
    const { snapshots: options } = ref.decider;
    const { committed, eventId } = cell;
    if (!options || eventId === undefined || committed.version - cell.snapshotDueFrom < options.every) return;
    if (this.isStopped || this.waiting.size >= MOST_WAITING) return;
    // Also if the write fails: the next try is after as many events again.
    cell.snapshotDueFrom = committed.version;
    // A later state of the same stream takes the place of one that waits.
    this.waiting.set(`${options.name ?? ''} ${ref.stream}`, { ref, options, cell, committed, eventId });
    this.writing ??= this.write();
  }

  /** Resolves when all snapshots that are due are written. */
  async done(): Promise<void> {
    await this.writing;
  }

  /** Nest calls this while the log is still connected. No more snapshots are taken. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.done();
  }

  private keyOf({ stream, decider }: StreamRef): SnapshotKey | undefined {
    if (!decider.snapshots) return undefined;
    const { name, fold } = this.declarationOf(decider, decider.snapshots);
    return { stream, decider: name, fold };
  }

  private declarationOf(decider: AnyDecider, options: SnapshotOptions<unknown>): Declared {
    const name = options.name ?? decider.category;
    const known = this.declared.get(name);
    if (known?.decider === decider) return known;
    if (known) {
      throw new Error(
        `Two deciders take snapshots under the name "${name}". Give one of them another name, in snapshots.name.`,
      );
    }
    checkOptions(name, options);
    const declared = { decider, name, fold: foldOf(decider, options, this.log.registry.upcasting) };
    this.declared.set(name, declared);
    return declared;
  }

  private async read(keys: readonly SnapshotKey[]): Promise<(FoundSnapshot | undefined)[]> {
    try {
      return await this.log.snapshots.read(keys);
    } catch (error) {
      for (const { stream, decider } of keys) this.report({ stream, decider, fate: 'ignored', error });
      return [];
    }
  }

  private decoded(snapshot: FoundSnapshot, options: SnapshotOptions<unknown>): SnapshotState | undefined {
    const { stream, decider, version, eventId, occurredAt } = snapshot;
    try {
      const state = handOut(decodeSnapshot(snapshot, options));
      return { state: { state, version, occurredAt }, eventId, length: snapshot.state.length };
    } catch (error) {
      this.report({ stream, decider, fate: 'ignored', error });
      return undefined;
    }
  }

  private async write(): Promise<void> {
    // The command that has led here is answered first.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [place, job] of this.waiting) {
      this.waiting.delete(place);
      await this.writeOne(job);
    }
    this.writing = undefined;
  }

  private async writeOne({ ref, options, cell, committed, eventId }: Job): Promise<void> {
    const { stream, decider } = ref;
    const name = options.name ?? decider.category;
    try {
      const { version, state } = committed;
      const { fold } = this.declarationOf(decider, options);
      const snapshot = encodeSnapshot({ stream, decider: name, fold, version, eventId }, state, options);
      await this.log.snapshots.write(snapshot);
      cell.rests(version, snapshot.state.length);
      this.report({ stream, decider: name, fate: 'written' });
    } catch (error) {
      this.report({ stream, decider: name, fate: 'failed', error });
    }
  }
}

function checkOptions(name: string, { every, version }: SnapshotOptions<unknown>): void {
  for (const [option, value] of Object.entries({ every, version })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new Error(
      `snapshots.${option} of decider "${name}" is ${value}. It must be a positive whole number.`,
    );
  }
}
