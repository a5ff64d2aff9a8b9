import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsCurrency, MayBeAbsent } from '../../http/validation/fields.js';
import { ShownMoneyDto } from '../../http/validation/money.dto.js';
import { IsListOf } from '../../http/validation/nested-fields.js';
import type { CartAnswer } from '../answers/cart-answers.js';
import { CART_STATUSES, factsOf, type CartFacts, type CartStatus } from '../domain/cart.fold.js';
import { AddItemDto, ItemDto, itemDtos } from './item.dto.js';
import { ANY_NOTICE, noticeDto, PriceChangedDto, UnavailableDto, type NoticeDto } from './notice.dto.js';

// Validation sets every required field of a request, and answers are never constructed, hence each `!`.

const MAX_ITEMS = 100;
const WHEN = { type: String, format: 'date-time' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** Body of `POST /carts`. */
export class OpenCartDto {
  @ApiProperty({ example: 'EUR', description: 'ISO 4217; it stays for good.' })
  @IsCurrency()
  currency!: string;

  @ApiPropertyOptional({ type: [AddItemDto] })
  @MayBeAbsent()
  @IsListOf(AddItemDto, { max: MAX_ITEMS })
  items?: AddItemDto[];
}

/** Body of `PUT /me/cart`. */
export class MyCartDto {
  @ApiProperty({ example: 'EUR', description: 'ISO 4217, for a new cart.' })
  @IsCurrency()
  currency!: string;
}

/** The answer with `Prefer: return=minimal`. */
export class CartVersionDto {
  @ApiProperty({ format: 'uuid' })
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
export class CartDto extends CartVersionDto implements CartFacts {
  @ApiProperty({ enum: CART_STATUSES })
  status!: CartStatus;

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
    description: 'Differences from the present catalogue; none for past versions and closed carts.',
    items: ANY_NOTICE,
  })
  notices!: NoticeDto[];

  @ApiProperty(WHEN)
  createdAt!: Date;

  @ApiProperty(WHEN)
  updatedAt!: Date;
}

/** A cart as clients see it, whether it was folded or read from the view. */
export function cartDto({ cart, notices }: CartAnswer): CartDto {
  const { id, version, currency, itemCount, quantity, total, createdAt, updatedAt } = cart;
  return {
    id,
    version,
    ...factsOf(cart),
    items: itemDtos(cart.items, currency),
    itemCount,
    quantity,
    total: { amount: total, currency },
    notices: notices.map((notice) => noticeDto(notice, currency)),
    createdAt,
    updatedAt,
  };
}
