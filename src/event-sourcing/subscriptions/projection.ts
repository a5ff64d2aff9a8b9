import { SetMetadata, type Type } from '@nestjs/common';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';

/**
 * Keeps one table of the query database: every event belongs to one row, and the row after it follows from the row
 * before it. Pure: no clock, no randomness, no input or output. Declared with `@EventsHandler(…)` and `@Projection(…)`.
 */
export interface ViewProjection<Row extends object, Event extends DomainEvent = DomainEvent> {
  /** The primary key of the row that the event belongs to. */
  keyOf(recorded: RecordedEvent<Event>): string;
  /**
   * @param row the row before the event, `undefined` where there is none; it is never changed in place
   * @returns the row after it; `undefined` to have none; the same object to leave it alone
   */
  evolve(row: Row | undefined, recorded: RecordedEvent<Event>): Row | undefined;
}

/** How a projection is known and what it keeps. */
export interface ProjectionOptions {
  /** Stable name of its checkpoint; it outlives every renaming of the class. */
  readonly name: string;
  /** The TypeORM entity of the rows, with a single primary column, in the query database. */
  readonly view: Type<object>;
}

export const PROJECTION_METADATA = 'event-sourcing:projection';

/** Marks an `@EventsHandler` class that implements {@link ViewProjection}. */
export const Projection = (options: ProjectionOptions): ClassDecorator =>
  SetMetadata(PROJECTION_METADATA, options);
