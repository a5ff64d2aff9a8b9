import { SetMetadata, type Type } from '@nestjs/common';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';

/**
 * What the rows of an event are found by: the value of the key column or, where the key has several columns, an object with
 * the value of each by its property name.
 */
export type ViewKey = string | Readonly<Record<string, string | number>>;

/**
 * Keeps tables of the query database. Every event belongs to one key, and the rows of that key after the event follow from
 * those before it. Pure: no clock, no randomness, no input or output.
 */
export interface RowsProjection<Rows, Event extends DomainEvent = DomainEvent> {
  /**
   * The key that the event belongs to. By default it is the stream's name without its category: of `cart-7f…` it is `7f…`.
   * An event that fails holds up the later events of its key, and no others.
   */
  keyOf?(recorded: RecordedEvent<Event>): ViewKey;
  /**
   * @param rows all rows of the key before the event; they are never changed in place
   * @returns the rows after it. What is the same object as before is not written
   */
  evolve(rows: Rows, recorded: RecordedEvent<Event>): Rows;
}

/** Keeps one table with one row a key; `undefined` where there is none. Declared with `@Projection({ name, view })`. */
export type ViewProjection<Row extends object, Event extends DomainEvent = DomainEvent> = RowsProjection<
  Row | undefined,
  Event
>;

/** Keeps several tables under one checkpoint. Declared with `@Projection({ name, views, key })`. */
export type ViewsProjection<
  Views extends ViewEntities,
  Event extends DomainEvent = DomainEvent,
> = RowsProjection<RowsOf<Views>, Event>;

/** TypeORM entities by name: `Entity` where a key has one row at most, `[Entity]` where it has any number. */
export type ViewEntities = Readonly<Record<string, Type<object> | readonly [Type<object>]>>;

/** A row is a plain object with the properties of its entity; where a column is to be NULL, the property is `null`. */
export type RowOf<Entity> = Entity extends Type<infer Row> ? Pick<Row, keyof Row> : never;

/**
 * All rows of one key. An entity alone stands for its row, or `undefined`. Several have each its property: the row, or
 * `undefined`; of `[Entity]` all rows, in the order of the primary key. `evolve` has to keep that order.
 */
export type RowsOf<View> =
  View extends Type<object>
    ? RowOf<View> | undefined
    : {
        readonly [Name in keyof View]: View[Name] extends readonly [infer Entity]
          ? readonly RowOf<Entity>[]
          : RowOf<View[Name]> | undefined;
      };

interface NamedProjection {
  /** Stable name of its checkpoint; it outlives every renaming of the class. */
  readonly name: string;
}

/** A projection of one table. */
export interface OneView<View extends Type<object> = Type<object>> extends NamedProjection {
  /** The TypeORM entity of the rows, in the query database. Its primary key is the key. */
  readonly view: View;
}

/** A projection of several tables. */
export interface SeveralViews<Views extends ViewEntities = ViewEntities> extends NamedProjection {
  /** The TypeORM entities of the rows, in the query database. */
  readonly views: Views;
  /**
   * The properties of the key, which all entities have under the same names. They are the primary key of an `Entity`, and the
   * first columns of the primary key of an `[Entity]`.
   */
  readonly key: string | readonly string[];
}

/** How a projection is known and what it keeps. */
export type ProjectionOptions = OneView | SeveralViews;

export const PROJECTION_METADATA = 'event-sourcing:projection';

/** A class whose instances fold such rows. `evolve` is a property here, so that its parameters are compared strictly. */
type Folding<Rows> = new (...dependencies: never[]) => {
  readonly evolve: (rows: Rows, recorded: never) => Rows;
};

/** Marks an `@EventsHandler` class that implements {@link ViewProjection} or {@link ViewsProjection} for these entities. */
export function Projection<View extends Type<object>>(
  options: OneView<View>,
): (target: Folding<RowsOf<View>>) => void;
export function Projection<const Views extends ViewEntities>(
  options: SeveralViews<Views>,
): (target: Folding<RowsOf<Views>>) => void;
export function Projection(options: ProjectionOptions): ClassDecorator {
  return SetMetadata(PROJECTION_METADATA, options);
}
