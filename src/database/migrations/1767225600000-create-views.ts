import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The views of products and carts. */
export class CreateViews1767225600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE catalog_products (
        sku text COLLATE "C" NOT NULL,
        name text NOT NULL,
        price_amount bigint NOT NULL,
        price_currency text NOT NULL,
        active boolean NOT NULL,
        version integer NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT catalog_products_pkey PRIMARY KEY (sku)
      )`);
    await queryRunner.query(`
      CREATE TABLE cart_details (
        cart_id uuid NOT NULL,
        version integer NOT NULL,
        status text NOT NULL,
        customer_id text,
        currency text NOT NULL,
        items jsonb NOT NULL,
        item_count integer NOT NULL,
        quantity bigint NOT NULL,
        total bigint NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT cart_details_pkey PRIMARY KEY (cart_id)
      )`);
    await queryRunner.query(`
      CREATE TABLE cart_summaries (
        cart_id uuid NOT NULL,
        version integer NOT NULL,
        status text NOT NULL,
        customer_id text,
        currency text NOT NULL,
        skus text[] NOT NULL,
        lines jsonb NOT NULL,
        item_count integer NOT NULL,
        quantity bigint NOT NULL,
        total bigint NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT cart_summaries_pkey PRIMARY KEY (cart_id)
      )`);
    // Whole pages of items stay in the row as they are: they are written far too often to be worth compressing.
    await queryRunner.query('ALTER TABLE cart_details SET (toast_tuple_target = 8160)');
    await queryRunner.query('ALTER TABLE cart_summaries SET (toast_tuple_target = 8160)');
    // The list is read backwards, newest first, from whichever of the first three its filter is in.
    await queryRunner.query('CREATE INDEX cart_summaries_created ON cart_summaries (created_at, cart_id)');
    await queryRunner.query(
      'CREATE INDEX cart_summaries_status ON cart_summaries (status, created_at, cart_id)',
    );
    await queryRunner.query(
      'CREATE INDEX cart_summaries_customer ON cart_summaries (customer_id, created_at, cart_id)',
    );
    // updated_at has no index of its own: it would be rewritten with every change of every cart.
    await queryRunner.query('CREATE INDEX cart_summaries_skus ON cart_summaries USING gin (skus)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE cart_summaries');
    await queryRunner.query('DROP TABLE cart_details');
    await queryRunner.query('DROP TABLE catalog_products');
  }
}
