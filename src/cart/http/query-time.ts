import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { asSent, MayBeAbsent, rule } from '../../http/validation/fields.js';

/** RFC 3339. An unescaped `+` arrives as a space. */
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+ -])([01]\d|2[0-3]):([0-5]\d))$/i;
/**
 * The same for the OpenAPI document, where patterns cannot ignore case. Unlike `format: date-time` it excludes leap
 * seconds.
 */
const PATTERN =
  '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:[0-5]\\d(?:\\.\\d+)?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$';
const MESSAGE = 'must be a time such as 2030-01-31T12:00:00.000Z or 2030-01-31T13:00:00+01:00';
const MINUTE_MS = 60_000;

/** A time in a query string: RFC 3339 with any offset. It becomes a `Date` with milliseconds. */
export function IsQueryTime(description: string): PropertyDecorator {
  return applyDecorators(
    MayBeAbsent(),
    Transform((field) => toDate(asSent(field)), { toClassOnly: true }),
    rule('isTime', MESSAGE, (value) => value instanceof Date, {
      type: String,
      format: 'date-time',
      pattern: PATTERN,
      description,
    }),
  );
}

/** @returns a `Date`, or the value itself if it is not a time */
function toDate(sent: unknown): unknown {
  const parts = typeof sent === 'string' ? TIME.exec(sent) : null;
  if (parts === null) return sent;
  const [, day = '', clock = '', fraction = '', sign, hours, minutes] = parts;
  const local = new Date(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // `Date` turns the 30th of February into a day in March.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${clock}`)) return sent;
  if (sign === undefined) return local;
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return new Date(local.getTime() + (sign === '-' ? offset : -offset));
}
