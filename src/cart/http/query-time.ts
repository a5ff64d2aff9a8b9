import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { asSent, MayBeAbsent, rule } from '../../http/validation/fields.js';

/** RFC 3339. A `+` that was not escaped arrives as a blank. */
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+ -])([01]\d|2[0-3]):([0-5]\d))$/i;
/** The same for the OpenAPI document, which cannot ignore case. Beside `format: date-time` it refuses leap seconds. */
const PATTERN =
  '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:[0-5]\\d(?:\\.\\d+)?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$';
const MESSAGE = 'must be a time such as 2030-01-31T12:00:00.000Z or 2030-01-31T13:00:00+01:00';
const MINUTE_MS = 60_000;

/** A time in a query string, RFC 3339 with any offset; it becomes a `Date`, to the millisecond. */
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

/** @returns what was sent where it is no time */
function toDate(sent: unknown): unknown {
  const parts = typeof sent === 'string' ? TIME.exec(sent) : null;
  if (parts === null) return sent;
  const [, day = '', clock = '', fraction = '', sign, hours, minutes] = parts;
  const local = new Date(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // The 30th of February would become a day in March.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${clock}`)) return sent;
  if (sign === undefined) return local;
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return new Date(local.getTime() + (sign === '-' ? offset : -offset));
}
