import type { DomainEvent } from '../../event-sourcing/index.js';

/** The schema of one field: JSON Schema draft 7, which AsyncAPI uses. */
export interface FieldSchema {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** A schema whose `type` fits the TypeScript type of a field. */
type SchemaFor<Value> = FieldSchema & {
  readonly type: [Value] extends [boolean]
    ? 'boolean'
    : [Value] extends [number]
      ? 'integer'
      : [Value] extends [string]
        ? 'string'
        : [Value] extends [string | null]
          ? readonly ['string', 'null']
          : 'object';
};

type Data<Event extends DomainEvent> = Omit<Event, 'type'>;
type OptionalKey<T> = { [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? K : never }[keyof T];

/** The description of an event: what it says, and a schema for each field of its data. */
interface EventDescription<Fields> {
  /** A sentence. */
  readonly summary: string;
  readonly required: { readonly [K in Exclude<keyof Fields, OptionalKey<Fields>>]: SchemaFor<Fields[K]> };
  /** Fields that an event may lack. */
  readonly optional: { readonly [K in OptionalKey<Fields>]-?: SchemaFor<Exclude<Fields[K], undefined>> };
}

/**
 * The descriptions of all events of a feature by type. The compiler asks for a description of a new event, and for the
 * schema of a new field.
 */
export type EventDescriptions<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: EventDescription<Data<Extract<Event, { readonly type: Type }>>>;
};

/** Descriptions of events of any features. */
export type AnyEventDescriptions = Readonly<Record<string, AnyEventDescription>>;

/** The description of any event. */
export interface AnyEventDescription {
  readonly summary: string;
  readonly required: Readonly<Record<string, FieldSchema>>;
  readonly optional: Readonly<Record<string, FieldSchema>>;
}

/** @returns the JSON Schema of the data of an event. It is open, as fields may be added later. */
export function payloadSchema({ required, optional }: AnyEventDescription): FieldSchema {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

/** @returns the schema of the same data where unknown fields are refused, as in requests */
export function closed(schema: FieldSchema): FieldSchema {
  const properties = schema['properties'] as Readonly<Record<string, FieldSchema>> | undefined;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, field]) => [name, closed(field)]);
  return { ...schema, properties: Object.fromEntries(inner), additionalProperties: false };
}

// Fields that the events of several features have.

export const UUID_FIELD = { type: 'string', format: 'uuid' } as const;

export const TIME_FIELD = { type: 'string', format: 'date-time' } as const;

/** A currency may have been withdrawn since the event was stored. */
export const CURRENCY_FIELD = {
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description: 'ISO 4217.',
  examples: ['EUR'],
} as const;

/** An amount of a currency that is named elsewhere. */
export const AMOUNT_FIELD = {
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'In minor units, such as cents.',
  examples: [1999],
} as const;

export const MONEY_FIELD = {
  type: 'object',
  required: ['amount', 'currency'],
  properties: { amount: AMOUNT_FIELD, currency: CURRENCY_FIELD },
} as const;
