const REPORT_ID = '0197a2f0-9b21-7c55-8e0d-6a3f1d24c970';
const REQUEST_ID = '0197a2f0-9b1c-7a08-b3f6-55e9c07d1b42';
const data = { sku: 'MUG-1', price: { amount: 1799, currency: 'EUR' } };

const event = {
  id: REPORT_ID,
  type: 'product.price-reported',
  version: 4,
  position: 4712,
  occurredAt: '2026-11-23T09:16:03.551Z',
  actor: { type: 'service', id: 'erp' },
  correlationId: REQUEST_ID,
  causationId: REQUEST_ID,
  data,
  stream: 'product-MUG-1',
};

/** Requests and answers as they look in the OpenAPI document. */
export const EXAMPLES = {
  page: { events: [event], next: 4712 },
  stream: `id: 4712\nevent: product.price-reported\ndata: ${JSON.stringify(event)}\n\n: heartbeat\nid: 4712\n\n`,
  report: { stream: 'product-MUG-1', events: [{ id: REPORT_ID, type: 'product.price-reported', data }] },
  receipt: { version: 4, position: 4712 },
};
