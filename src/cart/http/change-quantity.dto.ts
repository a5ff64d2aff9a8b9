import { ApiProperty } from '@nestjs/swagger';
import { IsInt } from 'class-validator';

/** A quantity in the OpenAPI document. The limit of an item is configured, so the domain refuses what is above it (422). */
export const QUANTITY = { type: 'integer', maximum: Number.MAX_SAFE_INTEGER } as const;

/** Body of `PATCH /carts/{cartId}/items/{itemId}`. Validation has every field set, hence the `!`. */
export class ChangeQuantityDto {
  @ApiProperty({ ...QUANTITY, minimum: 0, example: 3, description: '0 removes the item.' })
  @IsInt()
  quantity!: number;
}
