import type { DomainEvent, EventClass } from './event.js';

/** Lifts the stored data of one schema version to the next one. Pure. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** One thing that is wrong with the data of a reported event, and where: an RFC 6901 pointer into the data. */
export interface DataError {
  /** RFC 6901 pointer to the wrong value. */
  readonly pointer: string;
  /** Stable code of the rule that is violated. */
  readonly code: string;
  /** What is wrong, for people. */
  readonly message: string;
}

/**
 * Judges an event that another system reports, in the present schema version. Pure.
 * @param data what was sent, a JSON object
 * @param streamId the part of the stream's name behind its category
 * @returns nothing for an event that may be stored
 */
export type ReportCheck = (data: Readonly<Record<string, unknown>>, streamId: string) => readonly DataError[];

/** What a feature stores: its event classes, and how data of older schema versions is read. */
export interface EventDefinitions {
  /** Classes of the events. */
  readonly events: readonly EventClass[];
  /** By event type, then by the schema version that it lifts from. */
  readonly upcasters?: Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;
  /** By event type: those that other systems may report, each with the check of its data. No other type is taken from outside. */
  readonly reports?: Readonly<Record<string, ReportCheck>>;
}

/** The log holds, or is to hold, an event that no registered class describes. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

/** Knows every event class by its stable name, and rebuilds instances from what was stored. */
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();
  private readonly upcasters = new Map<string, Upcaster>();
  private readonly reports = new Map<string, ReportCheck>();

  /**
   * @throws Error when a name is taken by another class, an older schema version has no way up, or a report has no class
   */
  register(definitions: EventDefinitions): void {
    for (const eventClass of definitions.events) {
      const taken = this.classes.get(eventClass.type);
      if (taken !== undefined && taken !== eventClass) {
        throw new Error(
          `Two event classes are called "${eventClass.type}": ${taken.name} and ${eventClass.name}.`,
        );
      }
      this.classes.set(eventClass.type, eventClass);
      for (let version = 1; version < eventClass.schemaVersion; version += 1) {
        const upcaster = definitions.upcasters?.[eventClass.type]?.[version];
        if (upcaster === undefined) {
          throw new Error(
            `${eventClass.name} is at schema version ${eventClass.schemaVersion}, but nothing upcasts version ${version}.`,
          );
        }
        this.upcasters.set(`${eventClass.type}/${version}`, upcaster);
      }
    }
    for (const [type, check] of Object.entries(definitions.reports ?? {})) {
      if (!this.classes.has(type)) throw new Error(`"${type}" may be reported, but no class is called that.`);
      this.reports.set(type, check);
    }
  }

  /** How reports of a type are checked; `undefined` for a type that is not taken from other systems. */
  reportCheck(type: string): ReportCheck | undefined {
    return this.reports.get(type);
  }

  /**
   * An event as another system reports it, in the present schema version; check it first.
   * @throws UnknownEventError for a type that is not registered
   */
  reported(type: string, data: Readonly<Record<string, unknown>>): DomainEvent {
    return this.rebuild(type, this.classes.get(type)?.schemaVersion ?? 1, data);
  }

  /** All registered names. */
  get types(): string[] {
    return [...this.classes.keys()];
  }

  /** All registered names with the schema versions that they are written in. */
  get schemaVersions(): ReadonlyMap<string, number> {
    return new Map([...this.classes].map(([type, { schemaVersion }]) => [type, schemaVersion]));
  }

  /**
   * @returns the registered class of an event about to be stored
   * @throws UnknownEventError when its class was never registered
   */
  classOf(event: DomainEvent): EventClass {
    const eventClass = this.classes.get(event.type);
    if (eventClass === undefined || !(event instanceof eventClass)) {
      throw new UnknownEventError(
        `"${event.type}" (${event.constructor.name}) is not a registered event class.`,
      );
    }
    return eventClass;
  }

  /**
   * The event as it will be read from the log: an instance of its own, of what JSON keeps.
   * @throws UnknownEventError when its class was never registered
   */
  asStored(event: DomainEvent): DomainEvent {
    const { type, schemaVersion } = this.classOf(event);
    return this.rebuild(type, schemaVersion, JSON.parse(JSON.stringify(event)) as Record<string, unknown>);
  }

  /** Whether this very class was registered. */
  has(eventClass: EventClass): boolean {
    return this.classes.get(eventClass.type) === eventClass;
  }

  /**
   * Rebuilds an event from the log as an instance of its class, upcasting what is old.
   * @throws UnknownEventError for a type or a schema version that this process does not know
   */
  rebuild(type: string, schemaVersion: number, data: Record<string, unknown>): DomainEvent {
    const eventClass = this.classes.get(type);
    if (eventClass === undefined)
      throw new UnknownEventError(`The log holds "${type}", which no registered class describes.`);
    if (schemaVersion > eventClass.schemaVersion) {
      throw new UnknownEventError(
        `The log holds "${type}" in schema version ${schemaVersion}; this process knows it up to ${eventClass.schemaVersion}.`,
      );
    }
    let current = data;
    for (let version = schemaVersion; version < eventClass.schemaVersion; version += 1) {
      const upcaster = this.upcasters.get(`${type}/${version}`);
      if (upcaster === undefined)
        throw new UnknownEventError(`Nothing upcasts "${type}" from schema version ${version}.`);
      current = upcaster(current);
    }
    return Object.assign(Object.create(eventClass.prototype as object) as DomainEvent, current);
  }
}
