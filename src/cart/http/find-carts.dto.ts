import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsSku, IsText, MayBeAbsent } from '../../http/fields.js';
import { MoneyDto } from '../../http/money.dto.js';
import { CursorQuery, decodeCursor, encodeCursor } from '../../http/pagination.js';
import type { CartFilter, CartPage, CartPlace } from '../queries/find-carts.query.js';
import { knownForm } from './cart-request.js';
import { IsQueryTime } from './query-time.js';

const STATUSES = ['active', 'merged', 'abandoned', 'discarded'];
const MAX_ID_CHARACTERS = 256;
const LAST_MOMENT = 8.64e15;

/** Query string of `GET /carts`. */
export class FindCartsDto extends CursorQuery {
  @ApiPropertyOptional({ enum: STATUSES })
  @MayBeAbsent()
  @IsIn(STATUSES)
  status?: string;

  @ApiPropertyOptional()
  @MayBeAbsent()
  @IsText(1, MAX_ID_CHARACTERS)
  customerId?: string;

  @ApiPropertyOptional({ description: 'Carts that hold this product.' })
  @MayBeAbsent()
  @IsSku()
  sku?: string;

  @IsQueryTime('Carts that changed after this time.')
  updatedAfter?: Date;

  @IsQueryTime('Carts that have not changed since this time.')
  updatedBefore?: Date;
}

/** A cart in a list. */
export class CartSummaryDto {
  @ApiProperty({ format: 'uuid' })
  id!: string; // never constructed, here and below

  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({ enum: STATUSES })
  status!: string;

  @ApiProperty({ type: String, nullable: true })
  customerId!: string | null;

  @ApiProperty({ type: 'integer' })
  itemCount!: number;

  @ApiProperty({ type: 'integer' })
  quantity!: number;

  @ApiProperty()
  total!: MoneyDto;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

/** A page of carts, newest first. */
export class CartPageDto {
  @ApiProperty({ type: [CartSummaryDto] })
  carts!: CartSummaryDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null at the end.' })
  nextCursor!: string | null;
}

/** The conditions of a query string. */
export function filterOf({ status, customerId, sku, updatedAfter, updatedBefore }: FindCartsDto): CartFilter {
  return {
    ...(status !== undefined && { status }),
    ...(customerId !== undefined && { customerId }),
    ...(sku !== undefined && { sku }),
    ...(updatedAfter !== undefined && { updatedAfter }),
    ...(updatedBefore !== undefined && { updatedBefore }),
  };
}

/** @throws HttpProblem `VALIDATION_FAILED` for a cursor that this list never gave out */
export function placeOf(cursor: string | undefined): CartPlace | undefined {
  if (cursor === undefined) return undefined;
  const [createdAt, id] = decodeCursor(cursor, isPlace);
  return { createdAt: new Date(createdAt), id };
}

function isPlace(values: readonly unknown[]): values is readonly [createdAtMs: number, id: string] {
  const [createdAt, id, ...others] = values;
  const isTime = Number.isInteger(createdAt) && Math.abs(Number(createdAt)) <= LAST_MOMENT;
  return isTime && typeof id === 'string' && knownForm(id) === id && others.length === 0;
}

/** A page as clients see it. */
export function cartPageDto({ carts, next }: CartPage): CartPageDto {
  return {
    carts: carts.map(
      ({ id, version, status, customerId, itemCount, quantity, total, currency, createdAt, updatedAt }) => ({
        id,
        version,
        status,
        customerId,
        itemCount,
        quantity,
        total: { amount: total, currency },
        createdAt,
        updatedAt,
      }),
    ),
    nextCursor: next === null ? null : encodeCursor([next.createdAt.getTime(), next.id]),
  };
}
