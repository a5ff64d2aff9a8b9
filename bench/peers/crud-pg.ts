import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { found, type Cart, type CartStore, type Item, type Line, type Product } from './cart.js';
import { databaseUrl, POOL_SIZE, serve } from './fastify-server.js';

const SCHEMA = `
  CREATE TABLE product (sku text PRIMARY KEY, name text NOT NULL, price bigint NOT NULL);
  CREATE TABLE cart (
    id uuid PRIMARY KEY, version integer NOT NULL, status text NOT NULL, currency text NOT NULL,
    created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL
  );
  CREATE TABLE cart_item (
    id uuid PRIMARY KEY, cart_id uuid NOT NULL REFERENCES cart, sku text NOT NULL, name text NOT NULL,
    options jsonb NOT NULL, quantity integer NOT NULL, unit_price bigint NOT NULL, added_at timestamptz(3) NOT NULL,
    UNIQUE (cart_id, sku, options)
  )`;

/** Statements are prepared: each has the name that it is kept under. */
const LOCK = { name: 'lock', text: `SELECT status FROM cart WHERE id = $1 AND status = 'active' FOR UPDATE` };
const ADD = {
  name: 'add',
  text: `INSERT INTO cart_item (id, cart_id, sku, name, options, quantity, unit_price, added_at)
         SELECT $1, $2, sku, name, $4, $5, price, now() FROM product WHERE sku = $3
         ON CONFLICT (cart_id, sku, options) DO UPDATE
         SET quantity = cart_item.quantity + EXCLUDED.quantity, unit_price = EXCLUDED.unit_price`,
};
const CHANGE = { name: 'change', text: 'UPDATE cart_item SET quantity = $3 WHERE cart_id = $1 AND id = $2' };
const REMOVE = { name: 'remove', text: 'DELETE FROM cart_item WHERE cart_id = $1 AND id = $2' };
const TOUCH = {
  name: 'touch',
  text: 'UPDATE cart SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING version',
};
const GET = {
  name: 'get',
  text: `SELECT c.version, c.currency, c.created_at, c.updated_at,
                i.id, i.sku, i.name, i.options, i.quantity, i.unit_price::float8, i.added_at
           FROM cart c LEFT JOIN cart_item i ON i.cart_id = c.id WHERE c.id = $1 ORDER BY i.added_at, i.id`,
};

interface JoinedRow {
  readonly version: number;
  readonly currency: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** Of the item; null for a cart without any. */
  readonly id: string | null;
  readonly sku: string;
  readonly name: string;
  readonly options: Record<string, string>;
  readonly quantity: number;
  readonly unit_price: number;
  readonly added_at: Date;
}

/** CRUD without history: rows of a cart and its items, changed in a transaction that holds the cart's row lock. */
class PgCarts implements CartStore {
  constructor(private readonly pool: pg.Pool) {}

  async importProducts(products: readonly Product[]): Promise<void> {
    await this.pool.query(
      'INSERT INTO product SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING',
      [
        products.map(({ sku }) => sku),
        products.map(({ name }) => name),
        products.map(({ price }) => price.amount),
      ],
    );
  }

  async open(currency: string, lines: readonly Line[]): Promise<Cart> {
    const id = randomUUID();
    await this.transaction(async (client) => {
      await client.query({
        name: 'open',
        text: `INSERT INTO cart VALUES ($1, 1, 'active', $2, now(), now())`,
        values: [id, currency],
      });
      for (const line of lines) await this.insert(client, id, line);
    });
    return this.get(id);
  }

  async add(cartId: string, line: Line): Promise<number> {
    return this.changing(cartId, (client) => this.insert(client, cartId, line));
  }

  async change(cartId: string, itemId: string, quantity: number): Promise<number> {
    return this.changing(cartId, async (client) => {
      const { rowCount } = await client.query({ ...CHANGE, values: [cartId, itemId, quantity] });
      found(rowCount === 0 ? undefined : rowCount, `item ${itemId}`);
    });
  }

  async remove(cartId: string, itemId: string): Promise<number> {
    return this.changing(cartId, async (client) => {
      const { rowCount } = await client.query({ ...REMOVE, values: [cartId, itemId] });
      found(rowCount === 0 ? undefined : rowCount, `item ${itemId}`);
    });
  }

  async get(cartId: string): Promise<Cart> {
    const { rows } = await this.pool.query<JoinedRow>({ ...GET, values: [cartId] });
    const { version, currency, created_at, updated_at } = found(rows[0], `cart ${cartId}`);
    return {
      id: cartId,
      version,
      currency,
      items: rows.flatMap(itemOfRow),
      createdAt: created_at.toISOString(),
      updatedAt: updated_at.toISOString(),
    };
  }

  private async insert(client: pg.PoolClient, cartId: string, line: Line): Promise<void> {
    const { sku, quantity, options = {} } = line;
    const values = [randomUUID(), cartId, sku, options, quantity];
    const { rowCount } = await client.query({ ...ADD, values });
    found(rowCount === 0 ? undefined : rowCount, `product ${sku}`);
  }

  private changing(cartId: string, work: (client: pg.PoolClient) => Promise<void>): Promise<number> {
    return this.transaction(async (client) => {
      const { rows } = await client.query({ ...LOCK, values: [cartId] });
      found(rows[0], `active cart ${cartId}`);
      await work(client);
      const { rows: touched } = await client.query<{ version: number }>({ ...TOUCH, values: [cartId] });
      return found(touched[0], `cart ${cartId}`).version;
    });
  }

  private async transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

function itemOfRow(row: JoinedRow): Item[] {
  const { id, sku, name, options, quantity, unit_price: unitPrice, added_at: addedAt } = row;
  if (id === null) return [];
  return [{ id, sku, name, options, quantity, unitPrice, addedAt: addedAt.toISOString() }];
}

const pool = new pg.Pool({ connectionString: databaseUrl(), max: POOL_SIZE });
await pool.query(SCHEMA);
await serve(new PgCarts(pool));
