import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import {
  EventFeed,
  EventLog,
  isEventIdTaken,
  type DomainEvent,
  type NewEvent,
  type RecordedEvent,
} from '../event-sourcing/index.js';
import { FEED_OPTIONS, type FeedOptions } from './feed-options.js';
import { EventInvalid, StreamContended, StreamVersionMismatch } from './feed.errors.js';
import { inTurn } from './in-turn.js';
import { KeyUse } from './key-use.js';

const MAX_CONFLICTS = 10;
const LONGEST_JITTER_MS = 32;
const NOTHING = { writes: [], conditions: [] };

/** The place of reported events: the version and the position of the last one. */
export interface Receipt {
  readonly version: number;
  readonly position: number;
  /** Whether everything had been stored before. */
  readonly isRepeat: boolean;
}

/** Stores reported events, each of them once, however often it is sent. */
@Injectable()
export class EventIntake {
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly log: EventLog,
    private readonly feed: EventFeed,
    @Inject(FEED_OPTIONS) private readonly options: FeedOptions,
  ) {}

  /**
   * @param expectedVersion the version that the stream must be at, unless all events are stored already; `undefined`
   *   for any
   * @returns the place of the last event, which is the same for every repeat
   * @throws DomainError `EVENT_INVALID` for an id under which something else is stored, `VERSION_MISMATCH`,
   *   `TOO_MUCH_CONTENTION`, `IDEMPOTENCY_KEY_REUSED`
   * @throws LogUnavailableError when the log is out of reach; the events may or may not be stored then
   */
  async take(
    stream: string,
    events: readonly NewEvent[],
    expectedVersion: number | undefined,
  ): Promise<Receipt> {
    const distinct = withoutRepeats(events);
    // One after the other, so that concurrent reports to one stream do not use up each other's attempts.
    const use = KeyUse.ofMessage();
    const receipt = await inTurn(this.turns, stream, () =>
      this.store(stream, distinct, expectedVersion, use),
    );
    await this.feed.reached(receipt.position, this.options.settleMs);
    return receipt;
  }

  /** Reads from the log which events are already stored, and appends the missing ones. */
  private async store(
    stream: string,
    events: ReadonlyMap<NewEvent, number>,
    expectedVersion: number | undefined,
    use: KeyUse | undefined,
  ): Promise<Receipt> {
    let isRepeat = true;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS;) {
      const stored = await this.log.readIds([...events.keys()].map(({ id }) => id));
      const missing = withoutStored(stream, events, stored);
      const last = stored.at(-1);
      if (missing.length === 0 && last) {
        // The events may have been stored under another key, or without one.
        if (use?.isOpen) await use.take(await this.log.append({ ...NOTHING, command: use.command }).result);
        return { version: last.version, position: last.position, isRepeat };
      }

      const { version, occurredAt } = await this.log.endOfStream(stream);
      if (expectedVersion !== undefined && version !== expectedVersion)
        throw new StreamVersionMismatch(version);
      if (await this.append(stream, version, occurredAt, missing, use)) {
        isRepeat = false;
        continue;
      }
      conflicts += 1;
      await pause(Math.random() * LONGEST_JITTER_MS);
    }
    throw new StreamContended();
  }

  /** @returns whether to read the log again without a pause */
  private async append(
    stream: string,
    expectedVersion: number,
    notBefore: Date | undefined,
    events: readonly NewEvent[],
    use: KeyUse | undefined,
  ): Promise<boolean> {
    const now = new Date();
    const occurredAt = notBefore && notBefore > now ? notBefore : now;
    const write = { stream, expectedVersion, events, occurredAt };
    try {
      const command = use && { command: use.command };
      const result = await this.log.append({ writes: [write], conditions: [], ...command }).result;
      await use?.take(result);
      return result.status === 'appended';
    } catch (error) {
      // Another request has stored the id on another stream; the next look finds it there.
      if (isEventIdTaken(error)) return false;
      throw error;
    }
  }
}

/** Each event of a request once, with its index in the request. */
function withoutRepeats(events: readonly NewEvent[]): Map<NewEvent, number> {
  const first = new Map<string, NewEvent>();
  const distinct = new Map<NewEvent, number>();
  events.forEach((event, index) => {
    const earlier = first.get(event.id);
    if (earlier === undefined) {
      first.set(event.id, event);
      distinct.set(event, index);
    } else if (!isSame(earlier.event, event.event)) throw idReused(index);
  });
  return distinct;
}

function withoutStored(
  stream: string,
  events: ReadonlyMap<NewEvent, number>,
  stored: readonly RecordedEvent[],
): NewEvent[] {
  const known = new Map(stored.map((recorded) => [recorded.id, recorded]));
  return [...events].flatMap(([event, index]) => {
    const recorded = known.get(event.id);
    if (recorded === undefined) return [event];
    if (recorded.stream !== stream || !isSame(recorded.event, event.event)) throw idReused(index);
    return [];
  });
}

/** Compares events in their stored form: JSON has no -0, for example. */
function isSame(one: DomainEvent, other: DomainEvent): boolean {
  return one.type === other.type && isDeepStrictEqual(asStored(one), asStored(other));
}

const asStored = (event: DomainEvent): unknown => JSON.parse(JSON.stringify(event));

function idReused(index: number): EventInvalid {
  const message = 'is the id of another event';
  return new EventInvalid([{ pointer: `/events/${index}/id`, code: 'EVENT_ID_REUSED', message }]);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
