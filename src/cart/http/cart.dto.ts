import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ShownMoneyDto } from '../../http/validation/money.dto.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import type { ItemContent } from '../answers/cart-content.js';
import type { ItemOptions } from '../domain/cart.events.js';
import type { Notice } from '../domain/notices.js';

// The classes describe answers; they are never constructed, hence each `!`.

const WHEN = { type: String, format: 'date-time' } as const;
const ID = { format: 'uuid' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** One line of a cart. */
export class ItemDto {
  @ApiProperty(ID)
  id!: string;

  @ApiProperty()
  sku!: string;

  @ApiProperty({ description: 'As the catalogue had it when the price was caught.' })
  name!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  options!: ItemOptions;

  @ApiProperty({ type: 'integer', minimum: 1 })
  quantity!: number;

  @ApiProperty({ description: 'As caught when the item was last added to or repriced.' })
  unitPrice!: ShownMoneyDto;

  @ApiProperty()
  total!: ShownMoneyDto;

  @ApiProperty(WHEN)
  addedAt!: Date | string;
}

/** The catalogue has another price now. A repricing takes it over. */
export class PriceChangedDto {
  @ApiProperty({ enum: ['PRICE_CHANGED'] })
  code!: 'PRICE_CHANGED';

  @ApiProperty(ID)
  itemId!: string;

  @ApiProperty({ description: 'What the cart has.' })
  previous!: ShownMoneyDto;

  @ApiProperty({ description: 'What the catalogue says.' })
  current!: ShownMoneyDto;
}

/** The product cannot be bought in this cart at present. */
export class UnavailableDto {
  @ApiProperty({ enum: ['UNAVAILABLE'] })
  code!: 'UNAVAILABLE';

  @ApiProperty(ID)
  itemId!: string;
}

/** What `Prefer: return=minimal` asks for. */
export class CartVersionDto {
  @ApiProperty(ID)
  id!: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  version!: number;

  @ApiPropertyOptional({
    description: "Opens a guest's cart, as `X-Cart-Token`. Only in the answer that opened it: keep it.",
  })
  token?: string;
}

/** A cart. */
@ApiExtraModels(PriceChangedDto, UnavailableDto)
export class CartDto extends CartVersionDto {
  @ApiProperty({ enum: ['active', 'abandoned', 'discarded', 'merged'] })
  status!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null for a guest.' })
  customerId!: string | null;

  @ApiProperty()
  currency!: string;

  @ApiProperty({ type: [ItemDto], description: 'In the order in which they appeared.' })
  items!: ItemDto[];

  @ApiProperty({ ...COUNT, description: 'How many items.' })
  itemCount!: number;

  @ApiProperty({ ...COUNT, description: 'All quantities together.' })
  quantity!: number;

  @ApiProperty()
  total!: ShownMoneyDto;

  @ApiProperty({
    type: 'array',
    description: 'What the catalogue says otherwise by now; none for past versions and closed carts.',
    items: { oneOf: [{ $ref: getSchemaPath(PriceChangedDto) }, { $ref: getSchemaPath(UnavailableDto) }] },
  })
  notices!: (PriceChangedDto | UnavailableDto)[];

  @ApiProperty(WHEN)
  createdAt!: Date;

  @ApiProperty(WHEN)
  updatedAt!: Date;
}

/** What is in a cart. */
export class ItemsDto {
  @ApiProperty({ type: [ItemDto] })
  items!: ItemDto[];
}

/** The one place that says how a cart looks to clients, whichever side it was read from. */
export function cartDto({ cart, notices }: CartAnswer): CartDto {
  const { id, version, status, customerId, currency, itemCount, quantity, createdAt, updatedAt } = cart;
  return {
    id,
    version,
    status,
    customerId,
    currency,
    items: itemDtos(cart.items, currency),
    itemCount,
    quantity,
    total: { amount: cart.total, currency },
    notices: notices.map((notice) => noticeDto(notice, currency)),
    createdAt,
    updatedAt,
  };
}

/** The items of a cart of this currency. */
export function itemDtos(items: readonly ItemContent[], currency: string): ItemDto[] {
  return items.map(({ id, sku, name, options, quantity, unitPrice, addedAt }) => ({
    id,
    sku,
    name,
    options,
    quantity,
    unitPrice: { amount: unitPrice, currency },
    total: { amount: quantity * unitPrice, currency },
    addedAt,
  }));
}

function noticeDto(notice: Notice, currency: string): PriceChangedDto | UnavailableDto {
  if (notice.code === 'UNAVAILABLE') return notice;
  const { code, itemId, previous, current } = notice;
  return { code, itemId, previous: { amount: previous, currency }, current: { amount: current, currency } };
}
