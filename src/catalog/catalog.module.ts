import { Module } from '@nestjs/common';
import { DurableCqrsModule } from '../event-sourcing/index.js';
import { CatalogPort } from './port/catalog.port.js';
import { ImportProductsHandler } from './commands/import-products.command.js';
import { LoadDemoCatalogHandler } from './commands/load-demo-catalog.command.js';
import { PutProductHandler } from './commands/put-product.command.js';
import { productDecider } from './domain/product.js';
import { productEvents } from './domain/product.events.js';
import { EventSourcedCatalog } from './port/event-sourced-catalog.js';
import { checkPriceReport } from './http/price-report.dto.js';
import { ProductController } from './http/product.controller.js';
import { FindProductsHandler } from './queries/find-products.query.js';
import { GetProductHandler } from './queries/get-product.query.js';
import { CatalogProductsProjection } from './views/catalog-products.projection.js';
import './http/product.problems.js';

/** The products of the shop. Other features read them through `CatalogPort`. */
@Module({
  imports: [
    DurableCqrsModule.forFeature({
      ...productEvents,
      deciders: [productDecider],
      reports: { 'product.price-reported': checkPriceReport },
    }),
  ],
  controllers: [ProductController],
  providers: [
    { provide: CatalogPort, useClass: EventSourcedCatalog },
    PutProductHandler,
    ImportProductsHandler,
    LoadDemoCatalogHandler,
    GetProductHandler,
    FindProductsHandler,
    CatalogProductsProjection,
  ],
  exports: [CatalogPort],
})
export class CatalogModule {}
