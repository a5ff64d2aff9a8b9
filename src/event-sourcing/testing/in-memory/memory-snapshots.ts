import type { FoundSnapshot, SnapshotKey, SnapshotStore, StoredSnapshot } from '../../log/snapshot-table.js';
import type { MemoryLog } from './memory-log.js';
import { nextTurn } from './storable.js';

/** The newest snapshot of each stream, in memory. The log confirms each by the id of its last event. */
export class MemorySnapshots implements SnapshotStore {
  private readonly rows = new Map<string, StoredSnapshot>();

  constructor(private readonly log: MemoryLog) {}

  async read(keys: readonly SnapshotKey[]): Promise<(FoundSnapshot | undefined)[]> {
    await nextTurn();
    return keys.map((key) => {
      const row = this.rows.get(placeOf(key));
      return row?.fold === key.fold ? this.confirmed(row) : undefined;
    });
  }

  async write(snapshot: StoredSnapshot): Promise<void> {
    await nextTurn();
    const present = this.rows.get(placeOf(snapshot));
    const isNewer =
      present?.fold === snapshot.fold && present.version > snapshot.version && this.confirmed(present);
    if (this.confirmed(snapshot) && !isNewer) this.rows.set(placeOf(snapshot), snapshot);
  }

  private confirmed(snapshot: StoredSnapshot): FoundSnapshot | undefined {
    const last = this.log.stream(snapshot.stream)[snapshot.version - 1];
    return last?.id === snapshot.eventId ? { ...snapshot, occurredAt: new Date(last.occurredAt) } : undefined;
  }
}

function placeOf({ stream, decider }: SnapshotKey): string {
  return JSON.stringify([stream, decider]);
}
