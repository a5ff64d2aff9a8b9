import { Module, type DynamicModule } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DurableCqrsModule } from '../event-sourcing/index.js';
import { ABANDON_AFTER, CART_LIMITS, type CartLimits } from './write-side/cart-settings.js';
import { CartWriter } from './write-side/cart-writer.js';
import { ClaimRecords } from './write-side/claim-records.js';
import { AbandonCartCommand, AbandonCartHandler } from './commands/abandon-cart.command.js';
import { AddItemHandler } from './commands/add-item.command.js';
import { ChangeItemsHandler } from './commands/change-items.command.js';
import { ChangeQuantityHandler } from './commands/change-quantity.command.js';
import { ClaimCartHandler } from './commands/claim-cart.command.js';
import { ClearCartHandler } from './commands/clear-cart.command.js';
import { DiscardCartHandler } from './commands/discard-cart.command.js';
import { OpenCartHandler } from './commands/open-cart.command.js';
import { ProvideCartHandler } from './commands/provide-cart.command.js';
import { RemoveItemHandler } from './commands/remove-item.command.js';
import { RepriceCartHandler } from './commands/reprice-cart.command.js';
import { CustomerCarts } from './write-side/customer-carts.js';
import { cartEvents } from './domain/cart.events.js';
import { cartDecider } from './domain/cart.js';
import { customerDecider } from './domain/customer.js';
import { customerEvents } from './domain/customer.events.js';
import { CartItemsController } from './http/cart-items.controller.js';
import { CartRecordsController } from './http/cart-records.controller.js';
import { CartController } from './http/cart.controller.js';
import { CustomerCartController } from './http/customer-cart.controller.js';
import { CartReader } from './queries/cart-reader.js';
import { FindCartsHandler } from './queries/find-carts.query.js';
import { GetCartEventsHandler } from './queries/get-cart-events.query.js';
import { GetCartItemsHandler } from './queries/get-cart-items.query.js';
import { GetCartHandler } from './queries/get-cart.query.js';
import { GetPastCartHandler } from './queries/get-past-cart.query.js';
import { CartAnswers } from './answers/cart-answers.js';
import { WhenCartIdleThenAbandon } from './sagas/when-cart-idle-then-abandon.saga.js';
import { CartsProjection } from './views/carts.projection.js';
import './http/cart.problems.js';

/** The shopping cart. */
@Module({
  imports: [
    CatalogModule,
    DurableCqrsModule.forFeature({
      ...cartEvents,
      deciders: [cartDecider],
      commands: { 'cart.abandon': AbandonCartCommand },
    }),
    DurableCqrsModule.forFeature({ ...customerEvents, deciders: [customerDecider] }),
  ],
  controllers: [CartController, CartItemsController, CartRecordsController, CustomerCartController],
  providers: [
    CartAnswers,
    CartWriter,
    CustomerCarts,
    ClaimRecords,
    OpenCartHandler,
    AddItemHandler,
    ChangeQuantityHandler,
    RemoveItemHandler,
    ClearCartHandler,
    ChangeItemsHandler,
    RepriceCartHandler,
    DiscardCartHandler,
    ProvideCartHandler,
    ClaimCartHandler,
    AbandonCartHandler,
    CartReader,
    GetCartHandler,
    GetCartItemsHandler,
    GetPastCartHandler,
    GetCartEventsHandler,
    FindCartsHandler,
    CartsProjection,
    WhenCartIdleThenAbandon,
  ],
})
export class CartModule {
  /**
   * @param limits of carts and items
   * @param abandonAfter milliseconds after which an idle cart is abandoned
   */
  static forRoot(limits: CartLimits, abandonAfter: number): DynamicModule {
    return {
      module: CartModule,
      providers: [
        { provide: CART_LIMITS, useValue: limits },
        { provide: ABANDON_AFTER, useValue: abandonAfter },
      ],
    };
  }
}
