import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { CURRENCIES, isCurrency } from './currencies.js';
import { KEY_SCHEMA, NOT_BLANK_PATTERN, TEXT_PATTERN } from './json-structure.js';

const MAX_OPTIONS = 20;
const MAX_OPTION_KEY = 64;
const MAX_OPTION_VALUE = 256;
const SKU = /^(?!\.{1,2}$)[A-Za-z0-9._:-](?:[A-Za-z0-9._: -]{0,62}[A-Za-z0-9._:-])?$/;
/** A SKU in the OpenAPI document, also where it is part of a path. */
export const SKU_SCHEMA = { type: 'string', pattern: SKU.source } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const plainFields = new Set<string>();

/** @returns whether some DTO hands the field `name` through untouched, so that its keys are data, not fields */
export function isPlainField(name: string): boolean {
  return plainFields.has(name);
}

/** The value as it was sent, whatever class-transformer made of it. */
export function asSent({ obj, key }: TransformFnParams): unknown {
  return (obj as Record<string, unknown>)[key];
}

/**
 * Hands a property through as it was sent. Its keys are the caller's own: `toString`, `valueOf` and the like survive,
 * which class-transformer would drop. Give it rules of its own beside this one.
 */
export function PlainObject(): PropertyDecorator {
  return (target, property) => {
    plainFields.add(String(property));
    Transform(asSent, { toClassOnly: true })(target, property);
  };
}

/** What OpenAPI says of a field. `propertyNames` is of OpenAPI 3.1. */
export type FieldSchema = ApiPropertyOptions & { readonly propertyNames?: object };

/**
 * A rule of the house for one property.
 * @param name becomes the error code: `isSku` is reported as `IS_SKU`
 * @param message what the value must be
 * @param schema the same rule in the OpenAPI document, built from the constants that `holds` uses. A field that has
 *   `@ApiProperty` beside it adds to it.
 */
export function rule(
  name: string,
  message: string,
  holds: (value: unknown) => boolean,
  schema: FieldSchema = {},
): PropertyDecorator {
  const validates = ValidateBy({ name, validator: { validate: holds, defaultMessage: () => message } });
  return applyDecorators(validates, ApiProperty(schema));
}

/** Lets a property be left out. `null` is a value, and checked as one. */
export function MayBeAbsent(): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined),
    ApiProperty({ required: false }),
  );
}

/** @returns the length in characters as PostgreSQL counts them: code points, not UTF-16 units */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/**
 * A string of `min` to `max` characters (code points).
 * @param schema what the OpenAPI document says in place of these limits, where it can say more
 */
export function IsText(
  min: number,
  max: number,
  schema: FieldSchema = textSchema(min, max),
): PropertyDecorator {
  const holds = (value: unknown) => {
    // Twice the limit in UTF-16 units is too long however it is counted; it need not be counted.
    if (typeof value !== 'string' || value.length > 2 * max) return false;
    const length = lengthOf(value);
    return length >= min && length <= max;
  };
  return rule('isText', `must be a text of ${min} to ${max} characters`, holds, schema);
}

function textSchema(min: number, max: number): FieldSchema {
  return { minLength: min, maxLength: max, pattern: TEXT_PATTERN };
}

/** A text with at least one character that is not a blank. Put it above `@IsText`: its pattern includes that one. */
export function IsNotBlank(): PropertyDecorator {
  // What is no text, or an empty one, is told by the rule beside it.
  const holds = (value: unknown) => typeof value !== 'string' || value === '' || /\S/.test(value);
  return rule('isNotBlank', 'must hold a character that is not a blank', holds, {
    pattern: NOT_BLANK_PATTERN,
  });
}

/** @returns whether `value` can be the SKU of a product: 1 to 64 of `A-Z a-z 0-9 . _ : -`, blanks inside */
export function isSku(value: unknown): value is string {
  return typeof value === 'string' && SKU.test(value);
}

/** A SKU, see {@link isSku}; whether there is such a product is not asked. */
export function IsSku(): PropertyDecorator {
  const message = 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : - and, inside, blanks';
  return rule('isSku', message, isSku, SKU_SCHEMA);
}

/** @returns whether `value` is a UUID of any version */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** A UUID of any version. */
export function IsUuid(): PropertyDecorator {
  return rule('isUuid', 'must be a UUID', isUuid, { format: 'uuid' });
}

/** A currency in use: an ISO 4217 code in upper case. */
export function IsCurrency(): PropertyDecorator {
  const schema = { enum: [...CURRENCIES], enumName: 'Currency' };
  return rule(
    'isCurrency',
    'must be an ISO 4217 code in upper case of a currency in use',
    isCurrency,
    schema,
  );
}

/** Options of an item: a flat object of strings; 20 keys, keys of 1 to 64 and values of 0 to 256 characters. */
export function IsOptions(): PropertyDecorator {
  const message =
    `must be an object of at most ${MAX_OPTIONS} texts, keys of 1 to ${MAX_OPTION_KEY} ` +
    `and values of at most ${MAX_OPTION_VALUE} characters`;
  const schema = {
    type: 'object' as const,
    maxProperties: MAX_OPTIONS,
    propertyNames: { ...KEY_SCHEMA, minLength: 1, maxLength: MAX_OPTION_KEY },
    additionalProperties: { type: 'string', maxLength: MAX_OPTION_VALUE, pattern: TEXT_PATTERN },
  };
  return applyDecorators(PlainObject(), rule('isOptions', message, isOptions, schema));
}

function isOptions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MAX_OPTIONS && entries.every(([key, text]) => isOption(key, text));
}

function isOption(key: string, text: unknown): boolean {
  return (
    key !== '' &&
    lengthOf(key) <= MAX_OPTION_KEY &&
    typeof text === 'string' &&
    lengthOf(text) <= MAX_OPTION_VALUE
  );
}

/** @returns whether `value` is an object with fields: not null, not an array */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
