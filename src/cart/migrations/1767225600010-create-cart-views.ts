import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One row for each cart and item replaces two documents for each cart. The tables `cart_details` and
 * `cart_summaries` stay, so that processes of the former version go on; `docs/operations.md` says how to remove
 * them.
 */
export class CreateCartViews1767225600010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Every event updates the row of its cart. Free space in the page allows HOT updates, which do not touch the
    // indices.
    await queryRunner.query(`
      CREATE TABLE carts (
        cart_id uuid NOT NULL,
        version integer NOT NULL,
        status text NOT NULL,
        customer_id text,
        currency text NOT NULL,
        item_count integer NOT NULL,
        quantity bigint NOT NULL,
        total bigint NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT carts_pkey PRIMARY KEY (cart_id)
      ) WITH (fillfactor = 60)`);
    await queryRunner.query(`
      CREATE TABLE cart_items (
        cart_id uuid NOT NULL,
        added_version integer NOT NULL,
        item_id uuid NOT NULL,
        sku text NOT NULL,
        name text NOT NULL,
        options json NOT NULL,
        quantity integer NOT NULL,
        unit_price bigint NOT NULL,
        added_at timestamptz(3) NOT NULL,
        CONSTRAINT cart_items_pkey PRIMARY KEY (cart_id, added_version)
      ) WITH (fillfactor = 90)`);
    // The list reads one of these backwards, newest first, depending on its filter.
    await queryRunner.query('CREATE INDEX carts_created ON carts (created_at, cart_id)');
    await queryRunner.query('CREATE INDEX carts_status ON carts (status, created_at, cart_id)');
    await queryRunner.query('CREATE INDEX carts_customer ON carts (customer_id, created_at, cart_id)');
    await queryRunner.query('CREATE INDEX cart_items_sku ON cart_items (sku, cart_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE cart_items');
    await queryRunner.query('DROP TABLE carts');
  }
}
