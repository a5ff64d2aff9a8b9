import { ApiProperty } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { IsCurrency } from './fields.js';
import { IsShape } from './nested-fields.js';

/** An amount of money. Whether it is too large or must not be negative is for the domain to say. */
export class MoneyDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    example: 1999,
    description: 'In minor units, such as cents.',
  })
  @IsInt()
  amount!: number; // class-transformer sets it, and validation refuses the request where it does not

  @ApiProperty({ example: 'EUR', pattern: '^[A-Z]{3}$', description: 'ISO 4217.' })
  @IsCurrency()
  currency!: string; // as above
}

/** `{amount, currency}`: an integer of minor units and an ISO 4217 code. */
export function IsMoney(): PropertyDecorator {
  return IsShape(MoneyDto);
}
