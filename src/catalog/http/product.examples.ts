const product = {
  sku: 'MUG-1',
  name: 'Mug, 300 ml',
  price: { amount: 1999, currency: 'EUR' },
  active: true,
  version: 3,
  updatedAt: '2026-11-23T09:12:44.310Z',
};

const { name, price } = product;

/** Requests and answers of the OpenAPI document. */
export const EXAMPLES = {
  put: { name, price },
  product,
  page: { products: [product], nextCursor: null },
  import: {
    products: [
      { sku: 'MUG-1', name, price },
      { sku: 'MUG-2', name: 'Mug, 500 ml', price: { amount: 2499, currency: 'EUR' }, active: false },
    ],
  },
  imported: { created: 1, updated: 1, unchanged: 0 },
};
