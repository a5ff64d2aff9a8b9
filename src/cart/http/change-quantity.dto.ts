import { ApiProperty } from '@nestjs/swagger';
import { IsInt } from 'class-validator';

/** Body of `PATCH /carts/{cartId}/items/{itemId}`. Validation has every field set, hence the `!`. */
export class ChangeQuantityDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 3, description: '0 removes the item.' })
  @IsInt()
  quantity!: number;
}
