import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { IsOptions, IsSku, MayBeAbsent } from '../../http/fields.js';
import type { ItemOptions } from '../domain/cart.events.js';

/** Body of `POST /carts/{cartId}/items`. Validation has every field set that has to be, hence each `!`. */
export class AddItemDto {
  @ApiProperty({ example: 'MUG-1', pattern: '^[A-Za-z0-9._:-]([A-Za-z0-9._: -]{0,62}[A-Za-z0-9._:-])?$' })
  @IsSku()
  sku!: string;

  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  @IsInt()
  quantity!: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    description: '20 keys of 1 to 64 characters at most; their order does not matter.',
    example: { colour: 'blue' },
  })
  @MayBeAbsent()
  @IsOptions()
  options?: ItemOptions;
}
