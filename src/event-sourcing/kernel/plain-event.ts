import type { DomainEvent, EventClass } from './event.js';

/**
 * An event class with a constructor of its own, as in the documentation of Nest:
 * `class HeroKilledDragonEvent { constructor(readonly heroId: string, readonly dragonId: string) {} }`.
 * Its own properties are stored. An event from the log has the properties and the prototype; the constructor does not
 * run again. The class gets its stable name when it is registered, as the property `type` of its prototype.
 */
export interface PlainEventClass {
  /** Makes an event. */
  new (...parameters: never[]): object;
  /** Prototype of the instances. */
  readonly prototype: object;
  /** Name of the class; it is not stored. */
  readonly name: string;
  /** Version of the shape of the data, from 1 on. The default is 1. */
  readonly schemaVersion?: number;
  /**
   * Rebuilds an event from its stored data. It is needed for properties that JSON does not keep, such as a `Date`.
   * `toJSON` of the event may say what is stored.
   */
  readonly fromStored?: (data: never) => object;
}

/** Event classes that extend `event(…)`, or plain classes by their stable names, such as `hero.killed-dragon`. */
export type EventClasses = readonly EventClass[] | Readonly<Record<string, PlainEventClass>>;

/**
 * @returns the event classes; plain ones have their stable names from now on
 * @throws Error for a plain class that has another name
 */
export function eventClassesOf(events: EventClasses): readonly EventClass[] {
  if (Array.isArray(events)) return events as readonly EventClass[];
  return Object.entries(events).map(([type, plain]) => named(type, plain));
}

const plainClasses = new WeakSet<object>();

/**
 * Refuses what an event would lose in the log. The instances of plain classes are checked, unless `fromStored`
 * rebuilds them.
 * @throws TypeError that names the property
 */
export function checkStorable(event: DomainEvent, eventClass: EventClass): void {
  if (!plainClasses.has(eventClass) || eventClass.fromStored) return;
  for (const [property, value] of Object.entries(event)) {
    if (value !== undefined) checkValue(value, `${eventClass.name}.${property}`);
  }
}

function named(type: string, plain: PlainEventClass): EventClass {
  const present = Object.hasOwn(plain, 'type') ? (plain as Partial<EventClass>).type : undefined;
  if (present !== undefined && present !== type) {
    throw new Error(`${plain.name} is called "${present}" and "${type}". Register an event under one name.`);
  }
  if (present === undefined) {
    plainClasses.add(plain);
    Object.defineProperty(plain, 'type', { value: type });
    Object.defineProperty(plain.prototype, 'type', { value: type });
    if (plain.schemaVersion === undefined) Object.defineProperty(plain, 'schemaVersion', { value: 1 });
  }
  return plain as unknown as EventClass;
}

function checkValue(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((element, index) => {
      checkValue(element, `${path}[${index}]`);
    });
    return;
  }
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value) as null)) {
    throw new TypeError(
      `${path} is ${describe(value)}, which the log would not give back. Store plain JSON values, or give the class ` +
        '`static fromStored(data)`, which rebuilds the event.',
    );
  }
  for (const [property, inner] of Object.entries(value)) {
    if (inner !== undefined) checkValue(inner, `${path}.${property}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object') return `an instance of ${value?.constructor.name ?? 'null'}`;
  return typeof value === 'number' ? String(value) : `of type ${typeof value}`;
}
