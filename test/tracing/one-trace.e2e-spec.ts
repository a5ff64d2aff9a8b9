import { randomBytes, randomUUID } from 'node:crypto';
import { makeDatabases, type OperatorDatabases } from '../lifecycle/operator-databases.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { as, jwtOf } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import type { Headers } from '../support/http-client.js';
import { ServiceProcess } from '../support/service-process.js';
import type { Cart } from '../support/shop.js';
import { KIND, OtlpReceiver, type ExportedSpan } from './otlp-receiver.js';

const CUSTOMER = 'customer-whom-no-trace-names';
const SKU = 'SKU-IN-NO-TRACE';
const KEY = 'key-in-no-trace';
const REQUEST = 'request-in-no-trace';
const OPTION = 'an engraving in no trace';
const CARTS = 40;

let receiver: OtlpReceiver;
let databases: OperatorDatabases;
let web: LaunchedService;
let worker: ServiceProcess;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  databases = await makeDatabases('one_trace');
  const env = { ...databases.urls, ...receiver.env, CART_ABANDON_AFTER: '300ms' };
  web = await LaunchedService.start({ ...env, ROLES: 'web' }).ready();
  worker = await ServiceProcess.start({ ...env, ROLES: 'handlers,commands' });
  await web.shop.stockAll([SKU]);
});
afterAll(async () => {
  expect(worker.complaints).toEqual([]);
  await worker.stop();
  expect(await web.stop()).toMatchObject({ code: 0, stderr: '' });
  await databases.drop();
  await receiver.close();
});

const newTrace = (): string => randomBytes(16).toString('hex');
const CALLER = 'b7ad6b7169203331';
const within = (traceId: string, flags = '01'): Headers => ({
  traceparent: `00-${traceId}-${CALLER}-${flags}`,
});

async function open(headers: Headers): Promise<Cart> {
  const { body } = await web.http.send<Cart>('POST', '/v1/carts', {
    headers,
    body: { currency: 'EUR', items: [{ sku: SKU, quantity: 1, options: { engraving: OPTION } }] },
  });
  return body;
}

const ADD = [
  'POST /v1/carts/:cartId/items',
  'command AddItemCommand',
  'append',
  'projection carts',
  'saga cart-abandonment',
  'stored command cart.abandon',
  'command cart.abandon',
];

it('follows an add through two processes to the view, the saga and its timer, in the trace of the caller', async () => {
  const customer = { ...as({ sub: CUSTOMER }), 'x-request-id': REQUEST };
  const cart = await open(customer);
  await eventually(
    'the cart to be abandoned',
    () => web.http.get<Cart>(`/v1/carts/${cart.id}`, customer),
    ({ body: { status } }) => status === 'abandoned',
  );
  const trace = newTrace();
  const { status } = await web.http.send('POST', `/v1/carts/${cart.id}/items?fields=secret`, {
    headers: { ...customer, ...within(trace), 'idempotency-key': KEY },
    body: { sku: SKU, quantity: 1 },
  });
  expect(status).toBe(400);
  await web.http.send('POST', `/v1/carts/${cart.id}/items`, {
    headers: { ...customer, ...within(trace), 'idempotency-key': KEY },
    body: { sku: SKU, quantity: 1 },
  });
  const spans = await receiver.trace(trace, ADD);
  const named = (name: string): ExportedSpan => {
    const span = spans.find((one) => one.name === name && !(name.startsWith('POST') && isRefused(one)));
    if (!span) throw new Error(`There is no span ${name}.`);
    return span;
  };
  const parents = ADD.map((name) => [
    name,
    spans.find(({ spanId }) => spanId === named(name).parentSpanId)?.name,
  ]);
  expect(named(ADD[0] ?? '').parentSpanId).toBe(CALLER);
  expect(parents).toEqual([
    ['POST /v1/carts/:cartId/items', undefined],
    ['command AddItemCommand', 'POST /v1/carts/:cartId/items'],
    ['append', 'command AddItemCommand'],
    ['projection carts', 'command AddItemCommand'],
    ['saga cart-abandonment', 'command AddItemCommand'],
    ['stored command cart.abandon', 'saga cart-abandonment'],
    ['command cart.abandon', 'stored command cart.abandon'],
  ]);
  expect(ADD.map((name) => named(name).kind)).toEqual([
    KIND.server,
    KIND.internal,
    KIND.client,
    KIND.consumer,
    KIND.consumer,
    KIND.consumer,
    KIND.internal,
  ]);
});

const isRefused = ({ attributes }: ExportedSpan): boolean =>
  attributes.some(({ key, value }) => key === 'http.response.status_code' && value['intValue'] !== 201);

it('links the span of a batch with the traces that it works for, both ways', async () => {
  const linked = await eventually(
    'batches of several appends and events',
    async () => {
      await Promise.all(Array.from({ length: CARTS }, () => open({ ...within(newTrace()) })));
      return Promise.resolve(receiver.spans.filter(({ name }) => name.endsWith(' batch')));
    },
    (batches) =>
      ['append batch', 'projection carts batch'].every((name) => batches.some((one) => one.name === name)),
  );
  const { spans } = receiver;
  for (const batch of linked) {
    expect([batch.parentSpanId ?? '', (batch.links ?? []).length > 1]).toEqual(['', true]);
    const parts = spans.filter(({ links = [] }) => links.some(({ spanId }) => spanId === batch.spanId));
    const there = (batch.links ?? []).filter(({ spanId }) => spans.some((one) => one.spanId === spanId));
    expect(parts.map(({ spanId }) => spanId).sort()).toEqual(there.map(({ spanId }) => spanId).sort());
    expect(new Set(parts.map(({ name }) => `${name} batch`))).toEqual(new Set([batch.name]));
    expect(new Set(parts.map(({ traceId }) => traceId)).size).toBe(parts.length);
  }
});

it('records nothing of a trace that the caller does not record, and begins one if it is malformed', async () => {
  const unrecorded = newTrace();
  await open(within(unrecorded, '00'));
  const before = receiver.spans.length;
  await open({ traceparent: `00-${'0'.repeat(32)}-${CALLER}-01` });
  await eventually(
    'the next spans',
    () => Promise.resolve(receiver.spans.slice(before)),
    (spans) =>
      spans.some(({ name, parentSpanId }) => name === 'POST /v1/carts' && (parentSpanId ?? '') === ''),
  );
  expect(receiver.spans.filter(({ traceId }) => traceId === unrecorded)).toEqual([]);
});

it('continues the trace in another process by what the events store, and shows none of it over HTTP', async () => {
  const trace = newTrace();
  const cart = await open({ ...as({ sub: randomUUID() }), ...within(trace) });
  await receiver.trace(trace, ['projection carts']);
  const { text } = await web.http.get(`/v1/events?stream=cart-${cart.id}`);
  expect(text).toContain(cart.id);
  expect(text).not.toContain(trace);
  const history = await web.http.get(`/v1/carts/${cart.id}/events`, as({ sub: 'anna', roles: ['admin'] }));
  expect(history.text).toContain('cart.opened');
  expect(history.text).not.toContain(trace);
});

it('exports no credentials, no ids and no names', async () => {
  const exported = receiver.bodies.join();
  const carts = await web.http.get<{ carts: { id: string }[] }>('/v1/carts');
  const ids = carts.body.carts.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(CARTS);
  const secrets = [CUSTOMER, SKU, KEY, REQUEST, OPTION, 'fields', 'anna', jwtOf({ sub: CUSTOMER }), ...ids];
  expect(secrets.filter((secret) => exported.includes(secret))).toEqual([]);
  const names = new Set(receiver.spans.map(({ name }) => name));
  expect(names.size).toBeLessThan(40);
  const keys = new Set(receiver.spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
  expect([...keys].sort()).toEqual([
    'db.operation.batch.size',
    'db.operation.name',
    'db.system.name',
    'durable_cqrs.command',
    'durable_cqrs.event',
    'durable_cqrs.events',
    'durable_cqrs.handler',
    'durable_cqrs.handler.kind',
    'durable_cqrs.outcome',
    'http.request.method',
    'http.response.status_code',
    'http.route',
  ]);
});
