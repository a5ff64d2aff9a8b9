import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { asSent, IsText, MayBeAbsent, rule } from './fields.js';
import { HttpProblem } from './problem.js';

const DEFAULT_LIMIT = 100;
const MAX_CURSOR_CHARACTERS = 1024;

/** Where a list goes on: the sort key of the last entry of a page. */
export type CursorValues = readonly (string | number | boolean | null)[];

/** @returns an opaque text that {@link decodeCursor} understands */
export function encodeCursor(values: CursorValues): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * @param cursor what a caller sent back
 * @param fits whether the values can be the sort key of this list: a cursor may come from another one
 * @throws HttpProblem `VALIDATION_FAILED` at `/cursor` when it is not one of ours, or of another list
 */
export function decodeCursor<Values extends CursorValues>(
  cursor: string,
  fits: (values: readonly unknown[]) => values is Values,
): Values {
  const values = parse(Buffer.from(cursor, 'base64url'));
  if (Array.isArray(values) && encodeCursor(values as CursorValues) === cursor && fits(values)) return values;
  throw new HttpProblem('VALIDATION_FAILED', 'The cursor is not one that this list gave out.', {
    errors: [{ pointer: '/cursor', code: 'IS_CURSOR', message: 'must be a nextCursor of this list' }],
  });
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    // The caller of this function refuses what is not a list.
    return undefined;
  }
}

/** A whole number in a query string, from `min` to `max`. Absent, the property keeps its initial value. */
export function IsQueryInteger(min: number, max: number): PropertyDecorator {
  const toNumber = (sent: unknown) =>
    typeof sent === 'string' && /^\d{1,16}$/.test(sent) ? Number(sent) : sent;
  const holds = (value: unknown) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
  return applyDecorators(
    MayBeAbsent(),
    Transform((field) => toNumber(asSent(field)), { toClassOnly: true }),
    rule('isIntegerInRange', `must be a whole number from ${min} to ${max}`, holds),
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max }),
  );
}

/** How many entries a page may hold. */
export class LimitQuery {
  @ApiPropertyOptional({ default: DEFAULT_LIMIT })
  @IsQueryInteger(1, DEFAULT_LIMIT)
  limit = DEFAULT_LIMIT;
}

/** A page of a list: how many entries, and where to go on. */
export class CursorQuery extends LimitQuery {
  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before.' })
  @MayBeAbsent()
  @IsText(1, MAX_CURSOR_CHARACTERS)
  cursor?: string;
}
