import { applyDecorators } from '@nestjs/common';
import { isRecord, lengthOf, PlainObject, rule } from '../../http/validation/fields.js';
import { KEY_SCHEMA, TEXT_PATTERN } from '../../http/validation/json-structure.js';

const MAX_OPTIONS = 20;
const MAX_KEY = 64;
const MAX_VALUE = 256;
const SCHEMA = {
  type: 'object' as const,
  maxProperties: MAX_OPTIONS,
  propertyNames: { ...KEY_SCHEMA, minLength: 1, maxLength: MAX_KEY },
  additionalProperties: { type: 'string', maxLength: MAX_VALUE, pattern: TEXT_PATTERN },
};

/** Options of an item: a flat object of strings; 20 keys at most, keys of 1 to 64 and values of 0 to 256 characters. */
export function IsOptions(): PropertyDecorator {
  const message =
    `must be an object of at most ${MAX_OPTIONS} texts, keys of 1 to ${MAX_KEY} ` +
    `and values of at most ${MAX_VALUE} characters`;
  return applyDecorators(PlainObject(), rule('isOptions', message, isOptions, SCHEMA));
}

function isOptions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MAX_OPTIONS && entries.every(([key, text]) => isOption(key, text));
}

function isOption(key: string, text: unknown): boolean {
  return key !== '' && lengthOf(key) <= MAX_KEY && typeof text === 'string' && lengthOf(text) <= MAX_VALUE;
}
