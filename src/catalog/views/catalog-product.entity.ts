import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Prices are at most 2^53-1, so they are exact as numbers. */
const asNumber = { to: (value: number) => value, from: (value: string) => Number(value) };

/** A product in the view. TypeORM assigns the columns, hence each `!`. */
@Entity({ name: 'catalog_products' })
export class CatalogProduct {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'catalog_products_pkey' })
  sku!: string;

  @Column({ type: 'text' })
  name!: string;

  /** Minor units. */
  @Column({ name: 'price_amount', type: 'bigint', transformer: asNumber })
  priceAmount!: number;

  @Column({ name: 'price_currency', type: 'text' })
  priceCurrency!: string;

  @Column({ type: 'boolean' })
  active!: boolean;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
