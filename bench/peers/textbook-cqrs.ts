import { HttpException } from '@nestjs/common';
import {
  Command,
  CommandHandler,
  EventBus,
  EventsHandler,
  Query,
  QueryHandler,
  type ICommandHandler,
  type IEventHandler,
  type IQueryHandler,
} from '@nestjs/cqrs';
import {
  Column,
  DataSource,
  Entity,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  QueryFailedError,
  Unique,
} from 'typeorm';
import { found, type Cart } from './cart.js';
import { evolve, NO_CART, type CartEvent } from './cart-history.js';

const UNIQUE_VIOLATION = '23505';

/** An event as it is stored. */
@Entity('event')
@Unique(['streamId', 'version'])
class EventRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  position!: string; // set by TypeORM, here and below

  @Column('uuid')
  streamId!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  type!: CartEvent['type'];

  @Column('jsonb')
  data!: CartEvent['data'];
}

/** A cart as it is read. */
@Entity('cart_view')
class CartView {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('jsonb')
  cart!: Cart;
}

/** Decides on what the events of a cart say. */
export class ChangeCart extends Command<number> {
  constructor(
    readonly cartId: string,
    readonly decide: (cart: Cart) => CartEvent,
  ) {
    super();
  }
}

export class GetCart extends Query<Cart> {
  constructor(readonly cartId: string) {
    super();
  }
}

/** An event that was stored. */
class CartChanged {
  constructor(
    readonly cartId: string,
    readonly event: CartEvent,
  ) {}
}

@CommandHandler(ChangeCart)
class ChangeCartHandler implements ICommandHandler<ChangeCart> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventBus,
  ) {}

  async execute({ cartId, decide }: ChangeCart): Promise<number> {
    const repository = this.dataSource.getRepository(EventRow);
    const history = await repository.find({ where: { streamId: cartId }, order: { version: 'ASC' } });
    const cart = history.reduce(
      (state, { type, data }) => evolve(state, { type, data } as CartEvent),
      NO_CART,
    );
    const event = decide(cart);
    const version = cart.version + 1;
    try {
      await repository.save({ streamId: cartId, version, ...event });
    } catch (error) {
      if (isUniqueViolation(error)) throw new HttpException('The cart has changed meanwhile.', 409);
      throw error;
    }
    this.events.publish(new CartChanged(cartId, event));
    return version;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return (
    error instanceof QueryFailedError && (error.driverError as { code?: string }).code === UNIQUE_VIOLATION
  );
}

@EventsHandler(CartChanged)
class CartChangedHandler implements IEventHandler<CartChanged> {
  constructor(private readonly dataSource: DataSource) {}

  async handle({ cartId, event }: CartChanged): Promise<void> {
    const repository = this.dataSource.getRepository(CartView);
    const view = await repository.findOneBy({ id: cartId });
    await repository.save({ id: cartId, cart: evolve(view?.cart ?? NO_CART, event) });
  }
}

@QueryHandler(GetCart)
class GetCartHandler implements IQueryHandler<GetCart> {
  constructor(private readonly dataSource: DataSource) {}

  async execute({ cartId }: GetCart): Promise<Cart> {
    return found(await this.dataSource.getRepository(CartView).findOneBy({ id: cartId }), `cart ${cartId}`)
      .cart;
  }
}

/** What TypeORM has to know. */
export const ENTITIES = [EventRow, CartView];

/** What Nest has to know. */
export const HANDLERS = [ChangeCartHandler, CartChangedHandler, GetCartHandler];
