import { streamName, type HasCategory } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { SYSTEM_ACTOR, type RecordedEvent } from '../kernel/recorded-event.js';

const FIRST_EVENT_AT = Date.UTC(2030, 0, 1);
const SECOND = 1_000;

/** What a test may say of the record of an event. */
export type RecordOptions = Partial<Omit<RecordedEvent, 'event'>>;

/**
 * The record of an event as a handler would get it. Without options it is the first event of stream `test-1`. Events
 * occur one second apart by position, from 2030-01-01T00:00:00Z on, and the actor is `system`.
 * @param options what differs. The version is the position by default, and the ids derive from the position
 */
export function recorded<Event extends DomainEvent>(
  event: Event,
  options: RecordOptions = {},
): RecordedEvent<Event> {
  const { position = options.version ?? 1 } = options;
  const id = `00000000-0000-7000-8000-${String(position).padStart(12, '0')}`;
  return {
    stream: 'test-1',
    version: position,
    id,
    occurredAt: timeOf(position),
    metadata: { correlationId: id, causationId: id, actor: SYSTEM_ACTOR, commandId: id },
    ...options,
    position,
    event,
  };
}

/** When the event at a position occurs, unless a test says otherwise. */
export function timeOf(position: number): Date {
  return new Date(FIRST_EVENT_AT + (position - 1) * SECOND);
}

/** Events of one stream, in their order. */
export class StreamEvents<Event extends DomainEvent = DomainEvent> {
  /** @internal */
  constructor(
    /** Name of the stream. */
    readonly stream: string,
    /** The events, in order. */
    readonly events: readonly Event[],
  ) {}
}

/** Names the stream that events belong to: `eventsOf(account, '7', new Deposited({ amount: 5 }))`. */
export function eventsOf<Event extends DomainEvent>(
  decider: HasCategory,
  id: string,
  ...events: Event[]
): StreamEvents<Event> {
  return new StreamEvents(streamName(decider, id), events);
}

/** Records of events as a log would have them if they were appended in this order. Records stay as they are. */
export function recordsOf(past: readonly (StreamEvents | RecordedEvent)[]): RecordedEvent[] {
  const records: RecordedEvent[] = [];
  const versions = new Map<string, number>();
  for (const part of past) {
    if (!(part instanceof StreamEvents)) {
      versions.set(part.stream, part.version);
      records.push(part);
      continue;
    }
    for (const event of part.events) {
      const version = (versions.get(part.stream) ?? 0) + 1;
      versions.set(part.stream, version);
      const position = (records.at(-1)?.position ?? 0) + 1;
      records.push(recorded(event, { stream: part.stream, version, position }));
    }
  }
  return records;
}
