import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsSku } from '../../catalog/port/sku.port.js';
import { CURSOR_TIME, CursorCodec, cursorValue } from '../../http/validation/cursor.js';
import { IsText, isUuid, MayBeAbsent } from '../../http/validation/fields.js';
import { pageQuery } from '../../http/validation/pagination.js';
import { CART_STATUSES, factsOf } from '../domain/cart.fold.js';
import type { CartFilter, CartPage, CartPlace, ListedCart } from '../queries/find-carts.query.js';
import { CartDto } from './cart.dto.js';
import { IsQueryTime } from './query-time.js';

const MAX_ID_CHARACTERS = 256;
const cursors = new CursorCodec<CartPlace>({ createdAt: CURSOR_TIME, id: cursorValue(isUuid) });

/** Query string of `GET /carts`. */
export class FindCartsDto extends pageQuery(cursors) {
  @ApiPropertyOptional({ enum: CART_STATUSES })
  @MayBeAbsent()
  @IsIn(CART_STATUSES)
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

/** A cart in a list, without its items. */
export class CartSummaryDto extends OmitType(CartDto, ['items', 'currency', 'notices', 'token']) {}

/** A page of carts, newest first. */
export class CartPageDto {
  @ApiProperty({ type: [CartSummaryDto] })
  carts!: CartSummaryDto[]; // An answer is never constructed, hence each `!`.

  @ApiProperty({ type: String, nullable: true, description: 'Null at the end.' })
  nextCursor!: string | null;
}

/** The filter of a query string. */
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
  return { carts: carts.map(summaryDto), nextCursor: next === null ? null : cursors.encode(next) };
}

function summaryDto(cart: ListedCart): CartSummaryDto {
  const { cartId: id, version, itemCount, quantity, total: amount, createdAt, updatedAt } = cart;
  const { currency, ...facts } = factsOf(cart);
  return { id, version, ...facts, itemCount, quantity, total: { amount, currency }, createdAt, updatedAt };
}
