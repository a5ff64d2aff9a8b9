import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { IsOptions, IsSku, MayBeAbsent } from '../../http/validation/fields.js';
import type { ItemOptions } from '../domain/cart.events.js';
import { QUANTITY } from './change-quantity.dto.js';

/** Body of `POST /carts/{cartId}/items`. Validation has every field set that has to be, hence each `!`. */
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
