import { applyDecorators, type Type } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { MAX_CURSOR_CHARACTERS, type CursorCodec } from './cursor.js';
import { asSent, isRecord, MayBeAbsent, rule } from './fields.js';

const DEFAULT_LIMIT = 100;

/** A whole number in a query string, from `min` to `max`. Absent, the property keeps its initial value. */
export function IsQueryInteger(min: number, max: number): PropertyDecorator {
  const toNumber = (sent: unknown) =>
    typeof sent === 'string' && /^\d{1,16}$/.test(sent) ? Number(sent) : sent;
  const holds = (value: unknown) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
  return applyDecorators(
    MayBeAbsent(),
    Transform((field) => toNumber(asSent(field)), { toClassOnly: true }),
    rule('isIntegerInRange', `must be a whole number from ${min} to ${max}`, holds, {
      type: 'integer',
      minimum: min,
      maximum: max,
    }),
  );
}

/** How many entries a page may hold. */
export class LimitQuery {
  @ApiPropertyOptional({ default: DEFAULT_LIMIT })
  @IsQueryInteger(1, DEFAULT_LIMIT)
  limit = DEFAULT_LIMIT;
}

/** Which page of a list is asked for. */
export interface PageQuery<Place> {
  limit: number;
  /** Where to go on; `undefined` for the first page. */
  cursor?: Place;
}

/**
 * Makes the query string of a list; every list extends one.
 * @param codec the cursors of the list; any other text is refused with `VALIDATION_FAILED`
 */
export function pageQuery<Place extends object>(codec: CursorCodec<Place>): Type<PageQuery<Place>> {
  class PageQueryDto extends LimitQuery {
    @IsCursor(codec)
    cursor?: Place;
  }
  return PageQueryDto;
}

/** The `nextCursor` of a list; the property becomes the place that it stands for. */
function IsCursor<Place extends object>(codec: CursorCodec<Place>): PropertyDecorator {
  const toPlace = (sent: unknown) => (typeof sent === 'string' ? (codec.decode(sent) ?? sent) : sent);
  return applyDecorators(
    MayBeAbsent(),
    Transform((field) => toPlace(asSent(field)), { toClassOnly: true }),
    rule('isCursor', 'must be a nextCursor of this list', isRecord, {
      type: String,
      minLength: 1,
      maxLength: MAX_CURSOR_CHARACTERS,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The `nextCursor` of the page before.',
    }),
  );
}
