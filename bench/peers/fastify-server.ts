import fastify from 'fastify';
import { cartBody, type CartStore, type Line, type Product } from './cart.js';

const LINE = {
  type: 'object',
  required: ['sku', 'quantity'],
  additionalProperties: false,
  properties: {
    sku: { type: 'string', minLength: 1, maxLength: 64 },
    quantity: { type: 'integer', minimum: 1 },
    options: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 20 },
  },
};
const OPEN = {
  type: 'object',
  required: ['currency'],
  additionalProperties: false,
  properties: { currency: { type: 'string' }, items: { type: 'array', maxItems: 100, items: LINE } },
};
const CHANGE = {
  type: 'object',
  required: ['quantity'],
  additionalProperties: false,
  properties: { quantity: { type: 'integer', minimum: 1 } },
};

interface CartRoute {
  Params: { cartId: string };
}
interface ItemRoute {
  Params: { cartId: string; itemId: string };
}

/** Serves a store over HTTP as Cartwright serves carts, with Fastify alone, and says where. */
export async function serve(store: CartStore): Promise<void> {
  const server = fastify({ bodyLimit: 4 * 1024 * 1024 });
  server.post<{ Body: { products: Product[] } }>('/v1/products/imports', async ({ body }) => {
    await store.importProducts(body.products);
    return {};
  });
  server.post<{ Body: { currency: string; items?: Line[] } }>(
    '/v1/carts',
    { schema: { body: OPEN } },
    async ({ body: { currency, items = [] } }, reply) =>
      reply.code(201).send(cartBody(await store.open(currency, items))),
  );
  server.get<CartRoute>('/v1/carts/:cartId', async ({ params }) => cartBody(await store.get(params.cartId)));
  server.post<CartRoute & { Body: Line }>(
    '/v1/carts/:cartId/items',
    { schema: { body: LINE } },
    async ({ params: { cartId }, body }, reply) =>
      reply.code(201).send({ id: cartId, version: await store.add(cartId, body) }),
  );
  server.patch<ItemRoute & { Body: { quantity: number } }>(
    '/v1/carts/:cartId/items/:itemId',
    { schema: { body: CHANGE } },
    async ({ params: { cartId, itemId }, body: { quantity } }) => ({
      id: cartId,
      version: await store.change(cartId, itemId, quantity),
    }),
  );
  server.delete<ItemRoute>('/v1/carts/:cartId/items/:itemId', async ({ params: { cartId, itemId } }) => ({
    id: cartId,
    version: await store.remove(cartId, itemId),
  }));
  const origin = await server.listen({ host: '127.0.0.1', port: 0 });
  process.stdout.write(`Peer listens on ${origin}\n`);
}

/** URL of the peer's database. */
export function databaseUrl(): string {
  const { DATABASE_URL: url } = process.env;
  if (url === undefined) throw new Error('Set DATABASE_URL to an empty database.');
  return url;
}

/** Connections of each peer: on two cores, more make no difference. */
export const POOL_SIZE = 20;
