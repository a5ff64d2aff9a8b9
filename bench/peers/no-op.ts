import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { cartBody, found, type Product } from './cart.js';
import { Catalogue, evolve, NO_CART, opened } from './cart-history.js';
import { AddItemDto, OpenCartDto, serveModule } from './nest-server.js';

const catalogue = new Catalogue();
const carts = new Map<string, ReturnType<typeof cartBody>>();

/** What Nest, Fastify and validation cost by themselves: an add does nothing, a GET finds its answer in memory. */
@Controller('v1')
class NoOpController {
  @Post('products/imports')
  importProducts(@Body('products') products: Product[]): void {
    catalogue.add(products);
  }

  @Post('carts')
  open(@Body() { currency, items = [] }: OpenCartDto) {
    const cart = evolve(
      NO_CART,
      opened(
        currency,
        items.map((line) => catalogue.itemOf(line)),
      ),
    );
    const body = cartBody(cart);
    carts.set(cart.id, body);
    return body;
  }

  @Post('carts/:cartId/items')
  add(@Param('cartId') id: string, @Body() { quantity }: AddItemDto) {
    return { id, version: quantity };
  }

  @Get('carts/:cartId')
  get(@Param('cartId') id: string) {
    return found(carts.get(id), `cart ${id}`);
  }
}

@Module({ controllers: [NoOpController] })
class NoOpModule {}

await serveModule(NoOpModule);
