import { ApiProperty } from '@nestjs/swagger';
import type { ReportCheck } from '../../event-sourcing/index.js';
import { IsMoney, MoneyDto } from '../../http/validation/money.dto.js';
import { errorsOf } from '../../http/validation/validation.js';
import { IsSku } from '../port/sku.port.js';
import { isPrice } from '../domain/product.decisions.js';
import type { Money } from '../domain/product.events.js';

/** Data of `product.price-reported`. */
export class PriceReportDto {
  @ApiProperty({ example: 'MUG-1', description: 'As in the name of the stream.' })
  @IsSku()
  sku!: string; // Validation refuses data without it; the same holds for `price`.

  @ApiProperty({ description: 'Not negative.' })
  @IsMoney()
  price!: MoneyDto;
}

/** Checks a price that another system reports, by the rules of `PUT /products/{sku}`. */
export const checkPriceReport: ReportCheck = (data, streamId) => {
  const errors = errorsOf(PriceReportDto, data);
  if (errors.length > 0) return errors;
  const { sku, price } = data as { sku: string; price: Money };
  if (sku !== streamId) {
    return [
      {
        pointer: '/sku',
        code: 'IS_SKU_OF_STREAM',
        message: 'must be the SKU that the stream is named after',
      },
    ];
  }
  if (!isPrice(price.amount)) {
    const message = `must be 0 to ${Number.MAX_SAFE_INTEGER} minor units`;
    return [{ pointer: '/price/amount', code: 'AMOUNT_OUT_OF_RANGE', message }];
  }
  return [];
};
