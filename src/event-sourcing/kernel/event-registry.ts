import type { DomainEvent, EventClass } from './event.js';
import { checkStorable, eventClassesOf, type EventClasses } from './plain-event.js';

/** Lifts stored data from one schema version to the next. Pure. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** An error in the data of a reported event. `pointer` is an RFC 6901 pointer into the data. */
export interface DataError {
  /** RFC 6901 pointer to the wrong value. */
  readonly pointer: string;
  /** Stable code of the rule that is violated. */
  readonly code: string;
  /** What is wrong, for people. */
  readonly message: string;
}

/**
 * Checks the data of an event that another system reports, in the present schema version. Pure.
 * @param data a JSON object
 * @param streamId the part of the stream's name after its category
 * @returns the errors; an empty list if the event may be stored
 */
export type ReportCheck = (data: Readonly<Record<string, unknown>>, streamId: string) => readonly DataError[];

/** The event classes of a feature, and how data of older schema versions are read. */
export interface EventDefinitions {
  /** Classes that extend `event(…)`, or plain classes by their stable names. */
  readonly events: EventClasses;
  /** By event type, then by the schema version that it lifts from. */
  readonly upcasters?: Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;
  /** By event type: the check of its data. Other systems may report these types and no others. */
  readonly reports?: Readonly<Record<string, ReportCheck>>;
}

/** No registered class describes an event that is about to be stored, or that is in the log. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

/** The event classes by their stable names. It rebuilds instances from stored data. */
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();
  private readonly upcasters = new Map<string, Upcaster>();
  private readonly reports = new Map<string, ReportCheck>();

  /**
   * Adds the events of a feature.
   * @throws Error when a name belongs to another class, an upcaster is missing, or a reported type has no class
   */
  register(definitions: EventDefinitions): void {
    for (const eventClass of eventClassesOf(definitions.events)) {
      const taken = this.classes.get(eventClass.type);
      if (taken !== undefined && taken !== eventClass) {
        throw new Error(
          `Two event classes are called "${eventClass.type}": ${taken.name} and ${eventClass.name}. ` +
            'Rename one of them.',
        );
      }
      this.classes.set(eventClass.type, eventClass);
      for (let version = 1; version < eventClass.schemaVersion; version += 1) {
        const upcaster = definitions.upcasters?.[eventClass.type]?.[version];
        if (upcaster === undefined) {
          throw new Error(
            `${eventClass.name} is at schema version ${eventClass.schemaVersion}, ` +
              `but nothing upcasts version ${version}. Register an upcaster for it.`,
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

  /** The check of a reported type; `undefined` for a type that other systems may not report. */
  reportCheck(type: string): ReportCheck | undefined {
    return this.reports.get(type);
  }

  /**
   * Builds an event that another system reports, in the present schema version. Check its data first.
   * @throws UnknownEventError for a type that is not registered
   */
  reported(type: string, data: Readonly<Record<string, unknown>>): DomainEvent {
    return this.rebuild(type, this.classes.get(type)?.schemaVersion ?? 1, data);
  }

  /** All registered names. */
  get types(): string[] {
    return [...this.classes.keys()];
  }

  /** All registered names with their present schema versions. */
  get schemaVersions(): ReadonlyMap<string, number> {
    return new Map([...this.classes].map(([type, { schemaVersion }]) => [type, schemaVersion]));
  }

  /** All registered events, apart from those of some types, as the log names them: `order.placed/1` for version 1. */
  storedNamesExcept(types: ReadonlySet<string>): string[] {
    const others = [...this.classes].filter(([type]) => !types.has(type));
    return others.flatMap(([type, { schemaVersion }]) =>
      Array.from({ length: schemaVersion }, (_, index) => `${type}/${index + 1}`),
    );
  }

  /** Describes how old data are upcast, as far as the source of the upcasters shows it. */
  get upcasting(): string {
    return JSON.stringify([...this.upcasters].map(([key, upcaster]) => [key, String(upcaster)]).sort());
  }

  /**
   * @returns the registered class of an event that is about to be stored
   * @throws UnknownEventError when its class was never registered
   * @throws TypeError for an event of a plain class with a value that the log would not give back
   */
  classOf(event: DomainEvent): EventClass {
    const eventClass = this.classes.get(event.type);
    if (eventClass === undefined || !(event instanceof eventClass)) {
      // A class with a constructor of its own has no type before it is registered.
      const { type } = event as Partial<DomainEvent>;
      const { name } = event.constructor;
      throw new UnknownEventError(
        `${type === undefined ? name : `"${type}" (${name})`} is not a registered event class. ` +
          'List it under "events" in DurableCqrsModule.forFeature.',
      );
    }
    checkStorable(event, eventClass);
    return eventClass;
  }

  /**
   * The event as it will be read from the log: a new instance, of the data that survive JSON.
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
   * Rebuilds an event from the log as an instance of its class. Older data are upcast.
   * @throws UnknownEventError for a type or a schema version that this process does not know
   */
  rebuild(type: string, schemaVersion: number, data: Record<string, unknown>): DomainEvent {
    const eventClass = this.classes.get(type);
    if (eventClass === undefined)
      throw new UnknownEventError(`The log holds "${type}", but no class is registered under that name.`);
    if (schemaVersion > eventClass.schemaVersion) {
      throw new UnknownEventError(
        `The log holds "${type}" in schema version ${schemaVersion}; ` +
          `this process knows versions up to ${eventClass.schemaVersion}. Run a newer release.`,
      );
    }
    let current = data;
    for (let version = schemaVersion; version < eventClass.schemaVersion; version += 1) {
      const upcaster = this.upcasters.get(`${type}/${version}`);
      if (upcaster === undefined)
        throw new UnknownEventError(`Nothing upcasts "${type}" from schema version ${version}.`);
      current = upcaster(current);
    }
    if (eventClass.fromStored) return eventClass.fromStored(current as never) as DomainEvent;
    return Object.assign(Object.create(eventClass.prototype as object) as DomainEvent, current);
  }
}
