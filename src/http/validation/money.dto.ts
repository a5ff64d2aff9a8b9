import { ApiProperty } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { IsCurrency } from './fields.js';
import { IsShape } from './nested-fields.js';

/** A price in a request. The domain refuses an amount out of range (422); the document declares the range. */
export class MoneyDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    example: 1999,
    description: 'In minor units, such as cents.',
  })
  @IsInt()
  amount!: number; // Validation refuses a request without it.

  @ApiProperty({ example: 'EUR', description: 'ISO 4217.' })
  @IsCurrency()
  currency!: string; // As above.
}

/** `{amount, currency}`: an integer of minor units and an ISO 4217 code. */
export function IsMoney(): PropertyDecorator {
  return IsShape(MoneyDto);
}

/** An amount in an answer. Its currency may have been withdrawn since it was stored. */
export class ShownMoneyDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    example: 1999,
    description: 'In minor units, such as cents.',
  })
  amount!: number; // An answer is never constructed.

  @ApiProperty({ example: 'EUR', pattern: '^[A-Z]{3}$', description: 'ISO 4217.' })
  currency!: string;
}
