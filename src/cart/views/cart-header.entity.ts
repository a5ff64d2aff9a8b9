import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CartFacts, CartStatus } from '../domain/cart.fold.js';
import { asNumber } from './as-number.js';

/**
 * A cart without its items. Each index ends with the order of the staff's list, so that a page is one range of an
 * index. No index has a column that every event changes. TypeORM assigns the columns, hence each `!`.
 */
@Entity({ name: 'carts' })
@Index('carts_created', ['createdAt', 'cartId'])
@Index('carts_status', ['status', 'createdAt', 'cartId'])
@Index('carts_customer', ['customerId', 'createdAt', 'cartId'])
export class CartHeader implements CartFacts {
  @PrimaryColumn({ name: 'cart_id', type: 'uuid', primaryKeyConstraintName: 'carts_pkey' })
  cartId!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  status!: CartStatus;

  @Column({ name: 'customer_id', type: 'text', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text' })
  currency!: string;

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
