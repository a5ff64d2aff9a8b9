import { SetMetadata, type Type } from '@nestjs/common';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';

/**
 * The key of the rows that an event changes: the value of the key column. If the key has several columns, an object
 * with the value of each, by property name.
 */
export type ViewKey = string | Readonly<Record<string, string | number>>;

/**
 * Computes rows of the query database from events. Every event belongs to one key, and the rows of that key after the
 * event follow from the rows before it. Pure: no clock, no randomness, no input or output.
 */
export interface RowsProjection<Rows, Event extends DomainEvent = DomainEvent> {
  /**
   * The key that the event belongs to. By default it is the name of the stream without its category: `7f…` for
   * `order-7f…`. An event that fails holds up later events of its key, and no others.
   */
  keyOf?(recorded: RecordedEvent<Event>): ViewKey;
  /**
   * Computes the rows of a key after an event.
   * @param rows all rows of the key before the event. They must not be changed in place
   * @returns the rows after the event. Rows that are the same objects as before are not written
   */
  evolve(rows: Rows, recorded: RecordedEvent<Event>): Rows;
}

/**
 * A projection of one table with one row for each key; `undefined` if a key has no row. Declared with `@Projection({
 * name, view })`.
 */
export type ViewProjection<Row extends object, Event extends DomainEvent = DomainEvent> = RowsProjection<
  Row | undefined,
  Event
>;

/** A projection of several tables under one checkpoint. Declared with `@Projection({ name, views, key })`. */
export type ViewsProjection<
  Views extends ViewEntities,
  Event extends DomainEvent = DomainEvent,
> = RowsProjection<RowsOf<Views>, Event>;

/** TypeORM entities by name: `Entity` if a key has at most one row, `[Entity]` if it has any number. */
export type ViewEntities = Readonly<Record<string, Type<object> | readonly [Type<object>]>>;

/** A row: a plain object with the properties of its entity. The property of a NULL column is `null`. */
export type RowOf<Entity> = Entity extends Type<infer Row> ? Pick<Row, keyof Row> : never;

/**
 * All rows of one key. For a single entity: its row, or `undefined`. For several entities an object with one property
 * each: the row, or `undefined`; for `[Entity]` all rows in the order of the primary key, which `evolve` has to keep.
 */
export type RowsOf<View> =
  View extends Type<object>
    ? RowOf<View> | undefined
    : {
        readonly [Name in keyof View]: View[Name] extends readonly [infer Entity]
          ? readonly RowOf<Entity>[]
          : RowOf<View[Name]> | undefined;
      };

/** What all projections have. */
export interface NamedProjection {
  /** Stable name. The checkpoint is stored under it, so it must not change when the class is renamed. */
  readonly name: string;
  /**
   * Number of partitions of a new projection, from 1 to 64; 1 by default. Each partition has the events of some keys
   * and can run in a process of its own. Afterwards the number that is stored counts; see the command line `partition`.
   */
  readonly partitions?: number;
}

/** Options of a projection of one table. */
export interface OneView<View extends Type<object> = Type<object>> extends NamedProjection {
  /** The TypeORM entity of the rows, in the query database. Its primary key is the key. */
  readonly view: View;
}

/** Options of a projection of several tables. */
export interface SeveralViews<Views extends ViewEntities = ViewEntities> extends NamedProjection {
  /** The TypeORM entities of the rows, in the query database. */
  readonly views: Views;
  /**
   * The properties of the key. All entities have them under the same names: as the primary key of an `Entity`, and as
   * the first columns of the primary key of an `[Entity]`.
   */
  readonly key: string | readonly string[];
}

/** The name of a projection, and the entities of its rows. */
export type ProjectionOptions = OneView | SeveralViews;

const PROJECTION_METADATA = 'event-sourcing:projection';

/**
 * A projection class for these rows. `evolve` is a property here, so that the compiler compares its parameters
 * strictly.
 */
export type ProjectionClass<Rows> = new (...dependencies: never[]) => {
  /** Computes the rows of a key after an event. */
  readonly evolve: (rows: Rows, recorded: never) => Rows;
};

/**
 * Marks an `@EventsHandler` class that implements {@link ViewProjection} or {@link ViewsProjection} for these
 * entities.
 */
export function Projection<View extends Type<object>>(
  options: OneView<View>,
): (target: ProjectionClass<RowsOf<View>>) => void;
export function Projection<const Views extends ViewEntities>(
  options: SeveralViews<Views>,
): (target: ProjectionClass<RowsOf<Views>>) => void;
export function Projection(options: ProjectionOptions): ClassDecorator {
  return SetMetadata(PROJECTION_METADATA, options);
}

/** The options of `@Projection`; `undefined` if the class does not have it. */
export function projectionOptions(projectionClass: object): ProjectionOptions | undefined {
  return Reflect.getMetadata(PROJECTION_METADATA, projectionClass) as ProjectionOptions | undefined;
}
