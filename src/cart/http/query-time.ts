import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { asSent, MayBeAbsent, rule } from '../../http/fields.js';

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** A time in a query string, ISO 8601 in UTC; it becomes a `Date`. */
export function IsQueryTime(description: string): PropertyDecorator {
  return applyDecorators(
    MayBeAbsent(),
    Transform((field) => toDate(asSent(field)), { toClassOnly: true }),
    rule('isTime', 'must be a time such as 2030-01-31T12:00:00.000Z', (value) => value instanceof Date),
    ApiPropertyOptional({ type: String, format: 'date-time', description }),
  );
}

function toDate(sent: unknown): unknown {
  if (typeof sent !== 'string' || !UTC.test(sent)) return sent;
  const date = new Date(sent);
  // The 30th of February would become a day in March.
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(sent.slice(0, 19));
  return isReal ? date : sent;
}
