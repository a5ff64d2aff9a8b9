import { applyDecorators, type Type } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { MAX_CURSOR_CHARACTERS, type CursorCodec } from './cursor.js';
import { asSent, isRecord, MayBeAbsent, rule } from './fields.js';

const DEFAULT_LIMIT = 100;

/** A whole number in a query string, from `min` to `max`. If it is absent, the property keeps its initial value. */
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

/** The size of a page. */
export class LimitQuery {
  @ApiPropertyOptional({ default: DEFAULT_LIMIT })
  @IsQueryInteger(1, DEFAULT_LIMIT)
  limit = DEFAULT_LIMIT;
}

/** The query of a page of a list. */
export interface PageQuery<Place> {
  limit: number;
  /** The place after which the page starts; `undefined` for the first page. */
  cursor?: Place;
}

/**
 * Makes the base class for the query string of a list.
 * @param codec the cursors of the list; any other text is refused with `VALIDATION_FAILED`
 */
export function pageQuery<Place extends object>(codec: CursorCodec<Place>): Type<PageQuery<Place>> {
  class PageQueryDto extends LimitQuery {
    @IsCursor(codec)
    cursor?: Place;
  }
  return PageQueryDto;
}

/** A field with the `nextCursor` of a list, which is converted to its place. */
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
