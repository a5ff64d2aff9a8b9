import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ShownMoneyDto } from '../../http/validation/money.dto.js';
import type { Notice } from '../domain/notices.js';

// Answers are never constructed, hence each `!`.

const ITEM_ID = { format: 'uuid' } as const;

/** The catalogue has another price now. A repricing takes it over. */
export class PriceChangedDto {
  @ApiProperty({ enum: ['PRICE_CHANGED'] })
  code!: 'PRICE_CHANGED';

  @ApiProperty(ITEM_ID)
  itemId!: string;

  @ApiProperty({ description: 'The price in the cart.' })
  previous!: ShownMoneyDto;

  @ApiProperty({ description: 'The price in the catalogue.' })
  current!: ShownMoneyDto;
}

/** The product cannot be bought in this cart at present. */
export class UnavailableDto {
  @ApiProperty({ enum: ['UNAVAILABLE'] })
  code!: 'UNAVAILABLE';

  @ApiProperty(ITEM_ID)
  itemId!: string;
}

export type NoticeDto = PriceChangedDto | UnavailableDto;

/** The schema of any notice. */
export const ANY_NOTICE = {
  oneOf: [{ $ref: getSchemaPath(PriceChangedDto) }, { $ref: getSchemaPath(UnavailableDto) }],
};

/** A notice of a cart of this currency. */
export function noticeDto(notice: Notice, currency: string): NoticeDto {
  if (notice.code === 'UNAVAILABLE') return notice;
  const { code, itemId, previous, current } = notice;
  return { code, itemId, previous: { amount: previous, currency }, current: { amount: current, currency } };
}
