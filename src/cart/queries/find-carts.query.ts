import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { EntityManager } from 'typeorm';
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
  constructor(private readonly views: LiveViews) {}

  async execute(wanted: FindCartsQuery): Promise<CartPage> {
    const view = this.views.of(CartsProjection);
    if (!(await view.isFilled()))
      throw new DomainError('VIEW_BEHIND', 'The list of carts is being filled. Retry.');
    const rows = await view.query((manager) => this.find(manager, wanted));
    const carts = rows.slice(0, wanted.limit);
    const last = rows.length > wanted.limit ? carts.at(-1) : undefined;
    return { carts, next: last ? { createdAt: last.createdAt, id: last.cartId } : null };
  }

  /** One row more than requested shows whether more follow. */
  private async find(
    manager: EntityManager,
    { filter, after, limit }: FindCartsQuery,
  ): Promise<CartHeader[]> {
    const { status, customerId, sku, updatedAfter, updatedBefore } = filter;
    const query = manager.createQueryBuilder(CartHeader, 'cart');
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

    return query
      .orderBy('cart.createdAt', 'DESC')
      .addOrderBy('cart.cartId', 'DESC')
      .limit(limit + 1)
      .getMany();
  }
}
