import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { DomainError, LiveViews, type RowOf } from '../../event-sourcing/index.js';
import { CartHeader } from '../views/cart-header.entity.js';
import { CartItemRow } from '../views/cart-item-row.entity.js';
import { CartsProjection } from '../views/carts.projection.js';

/** Which carts to list. All conditions must hold. */
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

/** The position of a cart in the list. */
export interface CartPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** A cart in the list. */
export type ListedCart = RowOf<typeof CartHeader>;

/** Some carts, newest first, and the position of the last one if more follow. */
export interface CartPage {
  readonly carts: readonly ListedCart[];
  readonly next: CartPlace | null;
}

/** List carts after `after`, newest first. Refused with `VIEW_BEHIND` while the view is filled for the first time. */
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
  constructor(
    @InjectRepository(CartHeader, 'query') private readonly carts: Repository<CartHeader>,
    private readonly views: LiveViews,
  ) {}

  async execute({ filter, after, limit }: FindCartsQuery): Promise<CartPage> {
    if (!(await this.views.of(CartsProjection).isFilled()))
      throw new DomainError('VIEW_BEHIND', 'The list of carts is being filled. Retry.');
    const { status, customerId, sku, updatedAfter, updatedBefore } = filter;
    const query = this.carts.createQueryBuilder('cart');
    if (status !== undefined) query.andWhere('cart.status = :status', { status });
    if (customerId !== undefined) query.andWhere('cart.customerId = :customerId', { customerId });
    if (sku !== undefined) {
      const holding = query.subQuery().select('1').from(CartItemRow, 'item');
      holding.where('item.cartId = cart.cartId AND item.sku = :sku');
      query.andWhere(`EXISTS ${holding.getQuery()}`, { sku });
    }
    if (updatedAfter !== undefined) query.andWhere('cart.updatedAt > :updatedAfter', { updatedAfter });
    if (updatedBefore !== undefined) query.andWhere('cart.updatedAt < :updatedBefore', { updatedBefore });
    if (after !== undefined) query.andWhere('(cart.createdAt, cart.cartId) < (:createdAt, :id)', after);

    // One row more than requested shows whether more follow.
    const rows = await query
      .orderBy('cart.createdAt', 'DESC')
      .addOrderBy('cart.cartId', 'DESC')
      .limit(limit + 1)
      .getMany();
    const carts = rows.slice(0, limit);
    const last = rows.length > limit ? carts.at(-1) : undefined;
    return { carts, next: last ? { createdAt: last.createdAt, id: last.cartId } : null };
  }
}
