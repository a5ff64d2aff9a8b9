import {
  Body,
  Controller,
  Delete,
  Get,
  HttpException,
  Module,
  Param,
  Patch,
  Post,
  type DynamicModule,
} from '@nestjs/common';
import {
  Command,
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  Query,
  QueryBus,
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
import { cartBody, found, type Cart, type Product } from './cart.js';
import {
  Catalogue,
  evolve,
  itemRemoved,
  NO_CART,
  opened,
  quantityChanged,
  type CartEvent,
} from './cart-history.js';
import { databaseUrl, POOL_SIZE } from './fastify-server.js';
import { AddItemDto, ChangeQuantityDto, OpenCartDto, serveModule } from './nest-server.js';

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
class ChangeCart extends Command<number> {
  constructor(
    readonly cartId: string,
    readonly decide: (cart: Cart) => CartEvent,
  ) {
    super();
  }
}

class GetCart extends Query<Cart> {
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

/** Event sourcing as tutorials for Nest show it: find and save events, then publish them in memory. */
@Controller('v1')
class CartController {
  private readonly catalogue = new Catalogue();

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('products/imports')
  importProducts(@Body('products') products: Product[]): void {
    this.catalogue.add(products);
  }

  @Post('carts')
  async open(@Body() { currency, items = [] }: OpenCartDto) {
    const event = opened(
      currency,
      items.map((line) => this.catalogue.itemOf(line)),
    );
    const cart = evolve(NO_CART, event);
    await this.commands.execute(new ChangeCart(cart.id, () => event));
    return cartBody(cart);
  }

  @Post('carts/:cartId/items')
  add(@Param('cartId') id: string, @Body() line: AddItemDto) {
    return this.change(id, () => ({ type: 'ItemAdded', data: { item: this.catalogue.itemOf(line) } }));
  }

  @Patch('carts/:cartId/items/:itemId')
  changeQuantity(
    @Param('cartId') id: string,
    @Param('itemId') itemId: string,
    @Body() { quantity }: ChangeQuantityDto,
  ) {
    return this.change(id, (cart) => quantityChanged(cart, itemId, quantity));
  }

  @Delete('carts/:cartId/items/:itemId')
  remove(@Param('cartId') id: string, @Param('itemId') itemId: string) {
    return this.change(id, (cart) => itemRemoved(cart, itemId));
  }

  @Get('carts/:cartId')
  async get(@Param('cartId') id: string) {
    return cartBody(await this.queries.execute(new GetCart(id)));
  }

  private async change(id: string, decide: (cart: Cart) => CartEvent) {
    return { id, version: await this.commands.execute(new ChangeCart(id, decide)) };
  }
}

@Module({})
class TextbookModule {
  static with(dataSource: DataSource): DynamicModule {
    return {
      module: TextbookModule,
      imports: [CqrsModule.forRoot()],
      controllers: [CartController],
      providers: [
        { provide: DataSource, useValue: dataSource },
        ChangeCartHandler,
        CartChangedHandler,
        GetCartHandler,
      ],
    };
  }
}

const dataSource = await new DataSource({
  type: 'postgres',
  url: databaseUrl(),
  entities: [EventRow, CartView],
  synchronize: true,
  poolSize: POOL_SIZE,
}).initialize();
await serveModule(TextbookModule.with(dataSource));
