import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A row a cart and a row an item, in the place of two documents a cart. The tables `cart_details` and `cart_summaries` stay, so
 * that processes of the version before go on; `docs/operations.md` says how to remove them afterwards.
 */
export class CreateCartViews1767225600010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // A cart changes its row with every event. Room in the page keeps the new version beside the old one, off the indices.
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
    // The list is read backwards, newest first, from whichever of these its filter is in.
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
