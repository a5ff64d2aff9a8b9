import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ItemOptions } from '../domain/cart.events.js';
import { asNumber } from './as-number.js';
import type { CartStatus } from './cart-status.js';
import type { ViewLine } from './view-lines.js';

/** An item in `cart_details`. */
export interface CartDetailsItem extends ViewLine {
  readonly sku: string;
  readonly name: string;
  readonly options: ItemOptions;
  /** ISO 8601, as JSON has no dates. */
  readonly addedAt: string;
}

/** A cart as shoppers see it: one row holds all that `GET /carts/{cartId}` needs. TypeORM assigns the columns, hence each `!`. */
@Entity({ name: 'cart_details' })
export class CartDetails {
  @PrimaryColumn({ name: 'cart_id', type: 'uuid', primaryKeyConstraintName: 'cart_details_pkey' })
  id!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  status!: CartStatus;

  @Column({ name: 'customer_id', type: 'text', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text' })
  currency!: string;

  /** In the order in which they appeared. */
  @Column({ type: 'jsonb' })
  items!: readonly CartDetailsItem[];

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
