import type { EventRegistry } from '../../kernel/event-registry.js';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { Append, AppendRepeated, RememberedCommand } from '../../log/append/append.js';
import type { BatchEntry } from '../../log/append/batch-arrays.js';
import type { SentOutcome } from '../../log/append/group-commit.js';
import { newId } from '../../runtime/new-id.js';
import { assertText, assertUuid, idTaken, toJson } from './storable.js';

/** An event as it is stored. Data and metadata are JSON, so that every reader gets objects of its own. */
export interface MemoryEvent extends Omit<RecordedEvent, 'event' | 'metadata' | 'occurredAt'> {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
  /** In milliseconds since 1970. */
  readonly occurredAt: number;
}

/** The rows of an event log: what the tables of the command database are otherwise. */
export class MemoryLog {
  /** Identifies this log, as checkpoints note it. */
  readonly id = newId();
  /** By position. Positions have no holes, as no append is undone. */
  readonly events: MemoryEvent[] = [];
  private readonly streams = new Map<string, MemoryEvent[]>();
  private readonly byId = new Map<string, MemoryEvent>();
  private readonly outcomes = new Map<string, { readonly fingerprint: string; readonly outcome: string }>();

  /** Events of one stream, by version. */
  stream(name: string): readonly MemoryEvent[] {
    return this.streams.get(name) ?? [];
  }

  /** The event with an id. */
  withId(id: string): MemoryEvent | undefined {
    return this.byId.get(id);
  }

  /** What came of a remembered command. */
  outcomeOf(commandId: string): AppendRepeated | undefined {
    const found = this.outcomes.get(commandId);
    if (!found) return undefined;
    return {
      status: 'repeated',
      fingerprint: found.fingerprint,
      outcome: JSON.parse(found.outcome) as unknown,
    };
  }

  /** Stores a batch, append by append, each as a whole or not at all. */
  store(entries: readonly BatchEntry[], registry: EventRegistry): SentOutcome[] {
    const outcomes: SentOutcome[] = [];
    for (const { append, buildsOn } of entries) {
      const hasBase = buildsOn.every((index) => outcomes[index]?.status === 'appended');
      outcomes.push(hasBase ? this.tryToStore(append, registry) : { status: 'conflict' });
    }
    return outcomes;
  }

  private tryToStore(append: Append, registry: EventRegistry): SentOutcome {
    try {
      const { writes, conditions, command } = append;
      const repeated = command && this.outcomeOf(command.id);
      if (repeated) return repeated;
      for (const { stream } of [...writes, ...conditions]) assertText(stream);
      const events = this.prepare(append, registry);
      if (!this.holds(append)) {
        // An append that is sent a second time, because its answer was lost, is there already.
        const [first] = events;
        return first && this.byId.has(first.id) ? { status: 'appended' } : { status: 'conflict' };
      }
      return this.insert(events, command);
    } catch (error) {
      return { status: 'error', error };
    }
  }

  /** Whether every stream is at the version, and not after the time, that the append takes for granted. */
  private holds({ writes, conditions }: Append): boolean {
    const isAt = (stream: string, version: number): boolean => this.stream(stream).length === version;
    return (
      conditions.every(({ stream, version }) => isAt(stream, version)) &&
      writes.every(({ stream, expectedVersion, occurredAt }) => {
        const last = this.stream(stream).at(-1);
        return isAt(stream, expectedVersion) && (!last || last.occurredAt <= occurredAt.getTime());
      })
    );
  }

  private prepare({ writes }: Append, registry: EventRegistry): Omit<MemoryEvent, 'position'>[] {
    return writes.flatMap(({ stream, expectedVersion, occurredAt, events }) =>
      events.map(({ id, event, metadata }, index) => {
        const { type, schemaVersion } = registry.classOf(event);
        assertUuid(id);
        return {
          ...{ stream, version: expectedVersion + index + 1, id, type, schemaVersion },
          ...{ data: toJson(event), metadata: toJson(metadata), occurredAt: occurredAt.getTime() },
        };
      }),
    );
  }

  private insert(
    events: readonly Omit<MemoryEvent, 'position'>[],
    command: RememberedCommand | undefined,
  ): SentOutcome {
    const ids = events.map(({ id }) => id);
    const taken = ids.find((id, index) => this.byId.has(id) || ids.indexOf(id) !== index);
    if (taken !== undefined) throw idTaken(taken);
    if (command) {
      assertUuid(command.id);
      this.outcomes.set(command.id, {
        fingerprint: command.fingerprint,
        outcome: toJson(command.outcome),
      });
    }
    const positions = events.map((event) => {
      const stored = { ...event, position: this.events.length + 1 };
      this.events.push(stored);
      this.byId.set(stored.id, stored);
      const stream = this.streams.get(stored.stream);
      if (stream) stream.push(stored);
      else this.streams.set(stored.stream, [stored]);
      return stored.position;
    });
    return { status: 'appended', positions };
  }
}
