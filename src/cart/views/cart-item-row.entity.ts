import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ItemOptions } from '../domain/cart.events.js';
import type { Item } from '../domain/items.fold.js';
import { asNumber } from './as-number.js';

/** An item of a cart. TypeORM assigns the columns, hence each `!`. */
@Entity({ name: 'cart_items' })
@Index('cart_items_sku', ['sku', 'cartId'])
export class CartItemRow implements Item {
  @PrimaryColumn({ name: 'cart_id', type: 'uuid', primaryKeyConstraintName: 'cart_items_pkey' })
  cartId!: string;

  /** The version of the cart at which the item appeared. It orders the items. */
  @PrimaryColumn({ name: 'added_version', type: 'integer', primaryKeyConstraintName: 'cart_items_pkey' })
  addedVersion!: number;

  @Column({ name: 'item_id', type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  sku!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'json' })
  options!: ItemOptions;

  @Column({ type: 'integer' })
  quantity!: number;

  /** Minor units. */
  @Column({ name: 'unit_price', type: 'bigint', transformer: asNumber })
  unitPrice!: number;

  @Column({ name: 'added_at', type: 'timestamptz', precision: 3 })
  addedAt!: Date;
}
