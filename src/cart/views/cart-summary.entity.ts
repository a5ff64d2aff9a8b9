import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number.js';
import type { CartStatus } from './cart-status.js';
import type { ViewLine } from './view-lines.js';

/** What `cart_summaries` remembers of an item, to go on adding up. */
export interface CartSummaryLine extends ViewLine {
  readonly sku: string;
}

/**
 * A cart in the list that staff search. The indices end with the order of the list, newest first, so that a page is read
 * off them. TypeORM assigns the columns, hence each `!`.
 */
@Entity({ name: 'cart_summaries' })
@Index('cart_summaries_created', ['createdAt', 'id'])
@Index('cart_summaries_status', ['status', 'createdAt', 'id'])
@Index('cart_summaries_customer', ['customerId', 'createdAt', 'id'])
@Index('cart_summaries_skus', ['skus'], { type: 'gin' })
export class CartSummary {
  @PrimaryColumn({ name: 'cart_id', type: 'uuid', primaryKeyConstraintName: 'cart_summaries_pkey' })
  id!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  status!: CartStatus;

  @Column({ name: 'customer_id', type: 'text', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text' })
  currency!: string;

  /** Each SKU of the cart once. */
  @Column({ type: 'text', array: true })
  skus!: readonly string[];

  /** Not shown: what the sums are computed from. */
  @Column({ type: 'jsonb' })
  lines!: readonly CartSummaryLine[];

  @Column({ name: 'item_count', type: 'integer' })
  itemCount!: number;

  /** All quantities together. */
  @Column({ type: 'bigint', transformer: asNumber })
  quantity!: number;

  /** Minor units. */
  @Column({ type: 'bigint', transformer: asNumber })
  total!: number;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
