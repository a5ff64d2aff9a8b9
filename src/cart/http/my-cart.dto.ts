import { ApiProperty } from '@nestjs/swagger';
import { IsCurrency } from '../../http/validation/fields.js';

/** Body of `PUT /me/cart`. Validation has the field set, hence the `!`. */
export class MyCartDto {
  @ApiProperty({ example: 'EUR', description: 'ISO 4217, for a new cart.' })
  @IsCurrency()
  currency!: string;
}
