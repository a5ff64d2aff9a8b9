import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
  Column,
  DataSource,
  Entity,
  type EntityManager,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { found, isMoreOf, itemOf, type Cart, type CartStore, type Line, type Product } from './cart.js';
import { databaseUrl, POOL_SIZE, serve } from './fastify-server.js';

/** Minor units; PostgreSQL's bigint comes as text. */
const AMOUNT = { type: 'bigint', transformer: { from: Number, to: (amount: number) => amount } } as const;

@Entity('product')
class ProductRow {
  @PrimaryColumn('text')
  sku!: string; // set by TypeORM, here and below

  @Column('text')
  name!: string;

  @Column(AMOUNT)
  price!: number;
}

@Entity('cart')
class CartRow {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  status!: string;

  @Column('text')
  currency!: string;

  @OneToMany(() => ItemRow, (item) => item.cart)
  items!: ItemRow[];

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}

@Entity('cart_item')
class ItemRow {
  @PrimaryColumn('uuid')
  id!: string;

  @ManyToOne(() => CartRow, (cart) => cart.items, { nullable: false })
  cart!: Relation<CartRow>;

  @Column('text')
  sku!: string;

  @Column('text')
  name!: string;

  @Column('jsonb')
  options!: Record<string, string>;

  @Column('integer')
  quantity!: number;

  @Column(AMOUNT)
  unitPrice!: number;

  @Column({ type: 'timestamptz', precision: 3 })
  addedAt!: Date;
}

/** CRUD without history through TypeORM: entities, changed in a transaction that holds the cart's row lock. */
class TypeormCarts implements CartStore {
  constructor(private readonly dataSource: DataSource) {}

  async importProducts(products: readonly Product[]): Promise<void> {
    const rows = products.map(({ sku, name, price }) => ({ sku, name, price: price.amount }));
    await this.dataSource.getRepository(ProductRow).save(rows);
  }

  async open(currency: string, lines: readonly Line[]): Promise<Cart> {
    const now = new Date();
    const cart = { id: randomUUID(), version: 1, status: 'active', currency, createdAt: now, updatedAt: now };
    await this.dataSource.transaction(async (manager) => {
      await manager.insert(CartRow, cart);
      for (const line of lines) await insertItem(manager, cart.id, line);
    });
    return this.get(cart.id);
  }

  add(cartId: string, line: Line): Promise<number> {
    return this.changing(cartId, async (manager) => {
      const present = await manager.findBy(ItemRow, { cart: { id: cartId }, sku: line.sku });
      const item = present.find((row) => isMoreOf(row, line));
      if (item === undefined) {
        await insertItem(manager, cartId, line);
        return;
      }
      item.quantity += line.quantity;
      item.unitPrice = (await productOf(manager, line.sku)).price;
      await manager.save(item);
    });
  }

  change(cartId: string, itemId: string, quantity: number): Promise<number> {
    return this.changing(cartId, async (manager) => {
      const row = found(
        await manager.findOneBy(ItemRow, { id: itemId, cart: { id: cartId } }),
        `item ${itemId}`,
      );
      row.quantity = quantity;
      await manager.save(row);
    });
  }

  remove(cartId: string, itemId: string): Promise<number> {
    return this.changing(cartId, async (manager) => {
      await manager.delete(ItemRow, { id: itemId, cart: { id: cartId } });
    });
  }

  async get(cartId: string): Promise<Cart> {
    const row = await this.dataSource
      .getRepository(CartRow)
      .findOne({ where: { id: cartId }, relations: { items: true } });
    const { createdAt, updatedAt, items, ...cart } = found(row, `cart ${cartId}`);
    return {
      ...cart,
      items: items
        .sort((one, other) => one.addedAt.getTime() - other.addedAt.getTime())
        .map(({ addedAt, ...item }) => ({ ...item, addedAt: addedAt.toISOString() })),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    };
  }

  private changing(cartId: string, work: (manager: EntityManager) => Promise<void>): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const where = { id: cartId, status: 'active' };
      const cart = found(await manager.findOne(CartRow, { where, lock }), `active cart ${cartId}`);
      await work(manager);
      cart.version += 1;
      cart.updatedAt = new Date();
      await manager.save(cart);
      return cart.version;
    });
  }
}

async function productOf(manager: EntityManager, sku: string): Promise<ProductRow> {
  return found(await manager.findOneBy(ProductRow, { sku }), `product ${sku}`);
}

async function insertItem(manager: EntityManager, cartId: string, line: Line): Promise<void> {
  const { name, price } = await productOf(manager, line.sku);
  const { addedAt, ...item } = itemOf(line, { sku: line.sku, name, price: { amount: price, currency: '' } });
  await manager.insert(ItemRow, { ...item, addedAt: new Date(addedAt), cart: { id: cartId } });
}

const dataSource = await new DataSource({
  type: 'postgres',
  url: databaseUrl(),
  entities: [ProductRow, CartRow, ItemRow],
  synchronize: true,
  poolSize: POOL_SIZE,
}).initialize();
await dataSource.query('CREATE INDEX cart_item_cart_sku ON cart_item ("cartId", sku)');
await serve(new TypeormCarts(dataSource));
