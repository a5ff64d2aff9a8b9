import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { CURSOR_TIME, CursorCodec, cursorValue } from '../../http/validation/cursor.js';
import { IsSku, IsText, isUuid, MayBeAbsent } from '../../http/validation/fields.js';
import { ShownMoneyDto } from '../../http/validation/money.dto.js';
import { pageQuery } from '../../http/validation/pagination.js';
import type { CartFilter, CartPage, CartPlace } from '../queries/find-carts.query.js';
import { IsQueryTime } from './query-time.js';

const STATUSES = ['active', 'merged', 'abandoned', 'discarded'];
const MAX_ID_CHARACTERS = 256;
const cursors = new CursorCodec<CartPlace>({ createdAt: CURSOR_TIME, id: cursorValue(isUuid) });

/** Query string of `GET /carts`. */
export class FindCartsDto extends pageQuery(cursors) {
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
  total!: ShownMoneyDto;

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

/** A page as clients see it. */
export function cartPageDto({ carts, next }: CartPage): CartPageDto {
  return {
    carts: carts.map(
      ({
        cartId,
        version,
        status,
        customerId,
        itemCount,
        quantity,
        total,
        currency,
        createdAt,
        updatedAt,
      }) => ({
        id: cartId,
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
    nextCursor: next === null ? null : cursors.encode(next),
  };
}
