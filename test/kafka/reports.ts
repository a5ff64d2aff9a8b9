import { v7 as uuidv7 } from 'uuid';
import type { SentRecord } from './topic-client.js';

export const PRICE_REPORTED = 'product.price-reported';

/** A price that an ERP reports. */
export interface PriceReport {
  readonly id: string;
  readonly sku: string;
  readonly amount: number;
}

export const newReport = (sku: string, amount = 1799): PriceReport => ({ id: uuidv7(), sku, amount });

/** The record of a report. `change` replaces parts of it. */
export function recordOf({ id, sku, amount }: PriceReport, change: Partial<SentRecord> = {}): SentRecord {
  return {
    key: `product-${sku}`,
    value: JSON.stringify({ sku, price: { amount, currency: 'EUR' } }),
    headers: { ce_specversion: '1.0', ce_id: id, ce_type: PRICE_REPORTED, ce_source: '/erp' },
    ...change,
  };
}
