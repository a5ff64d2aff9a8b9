import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { CartSummary } from '../views/cart-summary.entity.js';

/** Which carts are wanted; each part narrows the list. */
export interface CartFilter {
  readonly status?: string;
  readonly customerId?: string;
  /** Carts that hold this SKU. */
  readonly sku?: string;
  /** Exclusive. */
  readonly updatedAfter?: Date;
  /** Exclusive. */
  readonly updatedBefore?: Date;
}

/** The place of a cart in the list. */
export interface CartPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** A cart in the list. */
export type ListedCart = Omit<CartSummary, 'skus' | 'lines'>;

const LISTED = [
  'id',
  'version',
  'status',
  'customerId',
  'currency',
  'itemCount',
  'quantity',
  'total',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof ListedCart)[];

/** Some carts, newest first, and the place of the last one where more follow. */
export interface CartPage {
  readonly carts: readonly ListedCart[];
  readonly next: CartPlace | null;
}

/** Carts, newest first, from the first one behind `after` on. */
export class FindCartsQuery extends Query<CartPage> {
  constructor(
    readonly filter: CartFilter,
    readonly after: CartPlace | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(FindCartsQuery)
export class FindCartsHandler implements IQueryHandler<FindCartsQuery> {
  constructor(@InjectRepository(CartSummary, 'query') private readonly carts: Repository<CartSummary>) {}

  async execute({ filter, after, limit }: FindCartsQuery): Promise<CartPage> {
    const { status, customerId, sku, updatedAfter, updatedBefore } = filter;
    const query = this.carts.createQueryBuilder('cart').select(LISTED.map((column) => `cart.${column}`));
    if (status !== undefined) query.andWhere('cart.status = :status', { status });
    if (customerId !== undefined) query.andWhere('cart.customerId = :customerId', { customerId });
    if (sku !== undefined) query.andWhere('cart.skus @> ARRAY[:sku]::text[]', { sku });
    if (updatedAfter !== undefined) query.andWhere('cart.updatedAt > :updatedAfter', { updatedAfter });
    if (updatedBefore !== undefined) query.andWhere('cart.updatedAt < :updatedBefore', { updatedBefore });
    if (after !== undefined) query.andWhere('(cart.createdAt, cart.id) < (:createdAt, :id)', after);

    // One more than asked for tells whether more follow.
    const rows = await query
      .orderBy('cart.createdAt', 'DESC')
      .addOrderBy('cart.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    const carts = rows.slice(0, limit);
    return { carts, next: rows.length > limit ? (carts.at(-1) ?? null) : null };
  }
}
