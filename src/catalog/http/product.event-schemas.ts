import { MONEY_FIELD, type EventDescriptions } from '../../http/asyncapi/event-schemas.js';
import type { ProductEvent } from '../domain/product.events.js';
import { SKU_SCHEMA } from '../port/sku.port.js';

const SKU = { ...SKU_SCHEMA, examples: ['MUG-1'] };
const NAME = { type: 'string', examples: ['Mug, 300 ml'] } as const;

/** The events of products for readers outside of the service. */
export const PRODUCT_EVENT_SCHEMAS: EventDescriptions<ProductEvent> = {
  'product.registered': {
    summary: 'A product was added to the catalogue.',
    required: {
      sku: SKU,
      name: NAME,
      price: MONEY_FIELD,
      active: { type: 'boolean', description: 'Whether it is for sale.' },
    },
    optional: {},
  },
  'product.renamed': {
    summary: 'A product has a new name.',
    required: { sku: SKU, name: NAME },
    optional: {},
  },
  'product.price-changed': {
    summary: 'The shop has set the price of a product.',
    required: { sku: SKU, price: MONEY_FIELD },
    optional: {},
  },
  'product.price-reported': {
    summary: 'Another system, such as an ERP, has set the price of a product.',
    required: { sku: SKU, price: MONEY_FIELD },
    optional: {},
  },
  'product.activated': {
    summary: 'A product is for sale again.',
    required: { sku: SKU },
    optional: {},
  },
  'product.deactivated': {
    summary: 'A product is no longer for sale.',
    required: { sku: SKU },
    optional: {},
  },
};
