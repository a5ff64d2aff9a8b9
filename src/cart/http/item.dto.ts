import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { IsSku } from '../../catalog/port/sku.port.js';
import { MayBeAbsent } from '../../http/validation/fields.js';
import { IsOptions } from './is-options.js';
import { ShownMoneyDto } from '../../http/validation/money.dto.js';
import type { ItemOptions } from '../domain/cart.events.js';
import { itemTotal, type Item } from '../domain/items.fold.js';

// Validation sets every required field of a request, and answers are never constructed, hence each `!`.

/** The limit of an item is configuration: the domain refuses a quantity above it (422), not validation. */
const QUANTITY = { type: 'integer', maximum: Number.MAX_SAFE_INTEGER } as const;

/** Body of `POST /carts/{cartId}/items`. */
export class AddItemDto {
  @ApiProperty({ example: 'MUG-1' })
  @IsSku()
  sku!: string;

  @ApiProperty({ ...QUANTITY, minimum: 1, example: 2 })
  @IsInt()
  quantity!: number;

  @ApiPropertyOptional({
    description: '20 keys of 1 to 64 characters at most; their order does not matter.',
    example: { colour: 'blue' },
  })
  @MayBeAbsent()
  @IsOptions()
  options?: ItemOptions;
}

/** Body of `PATCH /carts/{cartId}/items/{itemId}`. */
export class ChangeQuantityDto {
  @ApiProperty({ ...QUANTITY, minimum: 0, example: 3, description: '0 removes the item.' })
  @IsInt()
  quantity!: number;
}

/** One line of a cart. */
export class ItemDto implements Omit<Item, 'unitPrice'> {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  sku!: string;

  @ApiProperty({ description: 'From the catalogue, at the time of the price.' })
  name!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  options!: ItemOptions;

  @ApiProperty({ type: 'integer', minimum: 1 })
  quantity!: number;

  @ApiProperty({ description: 'From the catalogue, when the item was last added to or repriced.' })
  unitPrice!: ShownMoneyDto;

  @ApiProperty()
  total!: ShownMoneyDto;

  @ApiProperty({ type: String, format: 'date-time' })
  addedAt!: Date;
}

/** What is in a cart. */
export class ItemsDto {
  @ApiProperty({ type: [ItemDto] })
  items!: ItemDto[];
}

/** The items of a cart of this currency. */
export function itemDtos(items: readonly Item[], currency: string): ItemDto[] {
  return items.map(({ id, sku, name, options, quantity, unitPrice, addedAt }) => ({
    id,
    sku,
    name,
    options,
    quantity,
    unitPrice: { amount: unitPrice, currency },
    total: { amount: itemTotal({ quantity, unitPrice }), currency },
    addedAt,
  }));
}
