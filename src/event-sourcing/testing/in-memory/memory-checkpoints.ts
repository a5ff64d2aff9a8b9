import type { LeaseTerms, CheckpointStore } from '../../subscriptions/checkpoints.js';
import type { CheckpointOwner } from '../../subscriptions/create-rows.js';
import type { Work } from '../../subscriptions/checkpoint-move.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type HeldCheckpoint,
  type LogPlace,
} from '../../subscriptions/held-checkpoint.js';
import { NO_PARKING, type ParkingChanges } from '../../subscriptions/parked-events.js';
import { MemoryParkedEvents } from './memory-parked-events.js';
import { nextTurn } from './storable.js';
import type { TestClock } from './test-clock.js';

/** A checkpoint as it is stored. */
export interface MemoryCheckpoint extends LogPlace {
  readonly name: string;
  readonly logId: string;
  readonly fillUntil: number;
  readonly epoch: number;
  /** `undefined` while nobody holds it. Leases in memory do not expire. */
  readonly holder: string | undefined;
  /** The module that has acquired it last. */
  readonly member: string | undefined;
}

/** What is written together with the move of a checkpoint in memory. */
export interface MemoryWork extends Work {
  /** Writes. If it throws, nothing was written. @returns what the work's `onResult` gets */
  readonly write: () => unknown;
}

/** Checkpoints in memory. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly parked: MemoryParkedEvents;
  readonly byName = new Map<string, MemoryCheckpoint>();
  /** Names the code of each module that takes leases. */
  readonly releases = new Map<string, string>();

  constructor(private readonly clock: TestClock) {
    this.parked = new MemoryParkedEvents(clock, (handler) => this.epochOf(handler));
  }

  async lacksAny(names: readonly string[]): Promise<boolean> {
    await nextTurn();
    return names.some((name) => !this.byName.has(name));
  }

  async create(
    owners: readonly CheckpointOwner[],
    logId: string,
    start: LogPlace,
    fillUntil = 0,
  ): Promise<void> {
    await nextTurn();
    for (const { name } of owners)
      if (!this.byName.has(name))
        this.byName.set(name, {
          name,
          ...start,
          logId,
          fillUntil,
          epoch: 0,
          holder: undefined,
          member: undefined,
        });
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    // No handler is split in memory.
    return Promise.resolve(new Map());
  }

  async withOldRows(): Promise<string[]> {
    // A view in memory has no rows before its checkpoint exists.
    return Promise.resolve([]);
  }

  async acquire(
    name: string,
    holder: string,
    { memberId: member }: LeaseTerms,
  ): Promise<HeldCheckpoint | undefined> {
    await nextTurn();
    const found = this.byName.get(name);
    if (!found || found.holder !== undefined) return undefined;
    return this.put({ ...found, holder, member, epoch: found.epoch + 1 }, holder);
  }

  async find({ name, holder }: HeldCheckpoint): Promise<HeldCheckpoint> {
    await nextTurn();
    const found = this.byName.get(name);
    if (found?.holder !== holder) throw new FencedOffError(name);
    return held(found, holder);
  }

  async move(
    before: HeldCheckpoint,
    { position, eventId }: LogPlace,
    { park, release }: ParkingChanges = NO_PARKING,
    work?: Work,
  ): Promise<HeldCheckpoint> {
    await nextTurn();
    const { name, holder, movesBefore = Infinity } = before;
    const found = this.byName.get(name);
    if (!found || !isAt(found, before) || this.clock.now().getTime() >= movesBefore)
      throw new CheckpointMovedError(name);
    const result = work && 'write' in work ? (work as MemoryWork).write() : undefined;
    this.parked.change(name, park, release);
    const moved = this.put({ ...found, position, eventId }, holder);
    work?.onResult?.(result);
    return position > before.position ? moved : { ...moved, movesBefore: before.movesBefore };
  }

  async forgetTaken(before: HeldCheckpoint): Promise<HeldCheckpoint> {
    return Promise.resolve(before);
  }

  /** The epoch of a checkpoint; 0 before it exists. */
  epochOf(name: string): number {
    return this.byName.get(name)?.epoch ?? 0;
  }

  /** Raises the epoch, so that the holder reads again what it remembers. */
  raiseEpoch(name: string): void {
    const found = this.byName.get(name);
    if (found) this.byName.set(name, { ...found, epoch: found.epoch + 1 });
  }

  /** Ends the lease of a holder. */
  release(holder: string): void {
    for (const [name, one] of this.byName)
      if (one.holder === holder) this.byName.set(name, { ...one, holder: undefined });
  }

  /** Identifies the holder. */
  writerOf({ epoch, holder }: MemoryCheckpoint): string {
    return `${epoch} ${holder ?? ''}`;
  }

  /** The code of the module that holds a checkpoint. */
  releaseOf({ member }: MemoryCheckpoint): string | null {
    return this.releases.get(member ?? '') ?? null;
  }

  private put(checkpoint: MemoryCheckpoint, holder: string): HeldCheckpoint {
    this.byName.set(checkpoint.name, checkpoint);
    return held(checkpoint, holder);
  }
}

function isAt(found: MemoryCheckpoint, { position, epoch, holder }: HeldCheckpoint): boolean {
  return found.position === position && found.epoch === epoch && found.holder === holder;
}

function held({ name, position, eventId, logId, epoch }: MemoryCheckpoint, holder: string): HeldCheckpoint {
  return { name, position, eventId, logId, epoch, holder };
}
