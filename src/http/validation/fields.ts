import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { CURRENCIES, isCurrency } from './currencies.js';
import { NOT_BLANK_PATTERN, TEXT_PATTERN } from './json-structure.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const plainFields = new Set<string>();

/** @returns whether some DTO has a field `name` with a plain object, whose keys are data and not fields */
export function isPlainField(name: string): boolean {
  return plainFields.has(name);
}

/** The value as sent, before class-transformer. */
export function asSent({ obj, key }: TransformFnParams): unknown {
  return (obj as Record<string, unknown>)[key];
}

/**
 * Keeps the value of a property as it was sent. Its keys are data, so keys such as `toString` are kept, which
 * class-transformer would drop. Add a rule that checks the value.
 */
export function PlainObject(): PropertyDecorator {
  return (target, property) => {
    plainFields.add(String(property));
    Transform(asSent, { toClassOnly: true })(target, property);
  };
}

/** The schema of a field. `propertyNames` is new in OpenAPI 3.1. */
export type FieldSchema = ApiPropertyOptions & { readonly propertyNames?: object };

/**
 * A validation rule for one property.
 * @param name becomes the error code: `isText` is reported as `IS_TEXT`
 * @param message what the value must be
 * @param schema the same rule in the OpenAPI document, built from the constants that `holds` uses. An `@ApiProperty` of
 *   the field adds to it.
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

/** Makes a property optional. `null` counts as a value and is checked. */
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
 * @param schema replaces the schema of these limits in the OpenAPI document, if a more precise one exists
 */
export function IsText(
  min: number,
  max: number,
  schema: FieldSchema = textSchema(min, max),
): PropertyDecorator {
  const holds = (value: unknown) => {
    // More than twice the limit in UTF-16 units is too long in any case.
    if (typeof value !== 'string' || value.length > 2 * max) return false;
    const length = lengthOf(value);
    return length >= min && length <= max;
  };
  return rule('isText', `must be a text of ${min} to ${max} characters`, holds, schema);
}

function textSchema(min: number, max: number): FieldSchema {
  return { minLength: min, maxLength: max, pattern: TEXT_PATTERN };
}

/**
 * A text with at least one character that is not whitespace. Put it above `@IsText`, as its pattern includes that one.
 */
export function IsNotBlank(): PropertyDecorator {
  // `IsText` reports other types and empty texts.
  const holds = (value: unknown) => typeof value !== 'string' || value === '' || /\S/.test(value);
  return rule('isNotBlank', 'must hold a character that is not a blank', holds, {
    pattern: NOT_BLANK_PATTERN,
  });
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

/** @returns whether `value` is an object with fields: not null, not an array */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
