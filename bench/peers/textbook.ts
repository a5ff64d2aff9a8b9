import {
  Body,
  Controller,
  Delete,
  Get,
  Module,
  Param,
  Patch,
  Post,
  type DynamicModule,
} from '@nestjs/common';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { cartBody, type Cart, type Product } from './cart.js';
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
import { ChangeCart, ENTITIES, GetCart, HANDLERS } from './textbook-cqrs.js';

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
      providers: [{ provide: DataSource, useValue: dataSource }, ...HANDLERS],
    };
  }
}

const dataSource = await new DataSource({
  type: 'postgres',
  url: databaseUrl(),
  entities: ENTITIES,
  synchronize: true,
  poolSize: POOL_SIZE,
}).initialize();
await serveModule(TextbookModule.with(dataSource));
