/** What happened. Plain data: its enumerable properties are stored. */
export interface DomainEvent {
  /** The stable name under which it is stored, such as `order.item-added`. */
  readonly type: string;
}

/** The class of an event, with the name and the schema version under which its instances are stored. */
export interface EventClass<E extends DomainEvent = DomainEvent> {
  /** Makes an event of its data. */
  new (data: never): E;
  /** Stable name of the event. */
  readonly type: E['type'];
  /** Version of the shape of the data, from 1 on. */
  readonly schemaVersion: number;
  /** Prototype of the instances. */
  readonly prototype: E;
  /** Rebuilds an event from its stored data. By default, the data become the properties of an instance. */
  readonly fromStored?: (data: never) => object;
}

/** An event of a class that extends `event(…)`: its data, and its type. */
export type EventInstance<Type extends string, Data extends object> = Readonly<Data> & {
  /** Stable name of the event. */
  readonly type: Type;
};

/**
 * Creates the base of an event class, so that an event needs one declaration:
 * `class ItemRemoved extends event('order.item-removed')<{ orderId: string; itemId: string }>() {}`.
 *
 * `type` is a property of the prototype: it discriminates a union of events, and is not stored a second time.
 *
 * @param type stable name, `<category>.<what-happened>`; it must not change when the class is renamed
 * @param schemaVersion raise it when the shape of the data changes; upcasters lift older data
 */
export function event<const Type extends string>(type: Type, schemaVersion = 1) {
  return <Data extends object>(): {
    /** Makes an event of its data. */
    new (data: Data): EventInstance<Type, Data>;
    /** Stable name of the event. */
    readonly type: Type;
    /** Version of the shape of the data, from 1 on. */
    readonly schemaVersion: number;
  } => {
    function Event(this: object, data: Data): void {
      Object.assign(this, data);
    }
    Object.defineProperty(Event.prototype, 'type', { value: type });
    return Object.assign(Event, { type, schemaVersion }) as never;
  };
}
