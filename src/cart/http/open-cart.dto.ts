import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsCurrency, MayBeAbsent } from '../../http/validation/fields.js';
import { IsListOf } from '../../http/validation/nested-fields.js';
import { AddItemDto } from './add-item.dto.js';

const MAX_ITEMS = 100;

/** Body of `POST /carts`. Validation has every field set that has to be, hence each `!`. */
export class OpenCartDto {
  @ApiProperty({ example: 'EUR', description: 'ISO 4217; it stays for good.' })
  @IsCurrency()
  currency!: string;

  @ApiPropertyOptional({ type: [AddItemDto] })
  @MayBeAbsent()
  @IsListOf(AddItemDto, { max: MAX_ITEMS })
  items?: AddItemDto[];
}
