import { API_DESCRIPTION } from '../../src/api-description.js';
import { describeRoutes } from '../../src/http/openapi/document.js';
import { withoutReferences } from '../../src/http/openapi/testing/without-references.js';
import { SseReader } from '../feed/sse-reader.js';
import { DocumentedApi } from '../support/contract/documented-api.js';
import { useService } from '../support/use-service.js';
import {
  examplesOf,
  filledIn,
  operationsOf,
  statuses,
  type OpenApiDocument,
  type Operation,
} from './openapi-document.js';
import { TryItOut } from './try-it-out.js';
import { lookInside, routesOf } from './served-routes.js';

const EVENT_STREAM = 'text/event-stream';

const service = useService('openapi', { DEMO_CATALOG: 'on' });

let document: OpenApiDocument;
let operations: Operation[];

beforeAll(async () => {
  const answer = await service().http.get<OpenApiDocument>('/openapi.json');
  expect(answer.status).toBe(200);
  document = answer.body;
  operations = operationsOf(document);
});

describe('the OpenAPI document', () => {
  it('has less than 150 kB', async () => {
    const { text } = await service().http.get('/openapi.json');
    expect(Buffer.byteLength(text)).toBeLessThan(150_000);
  });

  it('says the same as without shared components', async () => {
    const whole = JSON.stringify(await lookInside((app) => describeRoutes(app, API_DESCRIPTION)));
    expect(withoutReferences(document)).toEqual(JSON.parse(whole));
    expect(whole.length).toBeGreaterThan(3 * JSON.stringify(document).length);
  });

  it('lists every served route and no other', async () => {
    const routes = (await lookInside(routesOf)).filter((route) => / \/(v1\/|health\/|metrics$)/.test(route));
    expect(routes.length).toBeGreaterThan(15);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routes);
  });

  it('gives each operation a summary, an id and a tag', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(operations.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { method, path, summary, operationId, tags: own = [] } of operations) {
      expect([method, path, summary]).toEqual([method, path, expect.stringMatching(/^[A-Z].{10,}[.?]$/)]);
      expect(operationId).toMatch(/^[A-Z]\w+$/);
      expect(own).toHaveLength(1);
      expect(tags).toEqual(expect.arrayContaining([...own]));
    }
  });

  it('declares the parameters of each path', () => {
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(inPath.sort()).toEqual([...(path.match(/\{\w+\}/g) ?? [])].sort());
    }
  });

  it('documents the success of each operation, with an example', () => {
    for (const operation of operations) {
      const successes = statuses(operation, 200);
      expect(successes.length).toBeGreaterThan(0);
      for (const status of successes.filter((one) => one !== 204 && one !== 202)) {
        const { content } = operation.responses[status] ?? {};
        const examples = [
          ...examplesOf(content),
          ...examplesOf(content, EVENT_STREAM),
          ...examplesOf(content, 'text/plain'),
        ];
        expect([operation.operationId, status, examples.length > 0]).toEqual([
          operation.operationId,
          status,
          true,
        ]);
      }
    }
  });

  it('documents the failures of each operation, with an example for each code', () => {
    for (const operation of operations) {
      const { method, path, requestBody, parameters = [] } = operation;
      const expected = [500];
      if (path.startsWith('/v1/')) expected.push(406, 503);
      if (path.includes('{')) expected.push(404);
      if (requestBody !== undefined) expected.push(400, 413, 415);
      if (parameters.some((parameter) => parameter.in !== 'path')) expected.push(400);
      if (method !== 'GET' && !path.startsWith('/v1/projections/')) expected.push(409);
      if (method !== 'GET' && path.includes('{cartId}')) expected.push(412);
      const refusesNoContent = ['/v1/carts/{cartId}/repricings', '/v1/me/cart'].includes(path);
      if (requestBody !== undefined && !refusesNoContent) expected.push(422);
      const failures = [...statuses(operation, 400), ...statuses(operation, 500)];
      expect([operation.operationId, failures]).toEqual([
        operation.operationId,
        expect.arrayContaining(expected),
      ]);
      for (const status of failures) {
        const problems = examplesOf(operation.responses[status]?.content, 'application/problem+json');
        if (problems.length > 0 || path.startsWith('/v1/')) {
          expect(problems).toEqual(problems.map(() => expect.objectContaining({ status }) as unknown));
          expect(problems.length).toBeGreaterThan(0);
        }
      }
    }
  });
});

describe('what the document shows', () => {
  it('works as it is shown from the top of the page to its end, and is answered as it shows', async () => {
    const page = new TryItOut(service().http, document);
    for (const operation of page.inOrder(operations)) {
      const { path, operationId, responses } = operation;
      // A live stream does not end by itself; test/feed/ reads it. Nothing is parked here; test/operations/ has it so.
      if (responses[200]?.content?.[EVENT_STREAM] !== undefined || path.includes('/{id}')) continue;
      const answer = await page.execute(operation);
      expect([operationId, answer.status, answer.text]).toEqual([
        operationId,
        statuses(operation, 200).find((status) => status === answer.status),
        answer.text,
      ]);
      const [example] = examplesOf(responses[answer.status]?.content);
      if (path.startsWith('/v1/')) {
        const unshown = fieldsOf(answer.body).filter((field) => !fieldsOf(example).includes(field));
        expect([operationId, unshown]).toEqual([operationId, []]);
      }
    }
  });

  it('works from top to bottom a second time', async () => {
    const page = new TryItOut(service().http, document);
    for (const operation of page.inOrder(operations)) {
      if (operation.path.includes('/events/stream') || operation.path.includes('/{id}')) continue;
      const { status, text } = await page.execute(operation);
      expect([operation.operationId, text, Math.floor(status / 100)]).toEqual([
        operation.operationId,
        text,
        2,
      ]);
    }
  });

  it('is complete: no answer lacks a field of its example', async () => {
    const { shop, http } = service();
    for (const operation of operations) {
      const { method, path, operationId, requestBody, responses } = operation;
      if (responses[200]?.content?.[EVENT_STREAM] !== undefined || path.includes('/parked-events')) continue;
      const bodies = requestBody === undefined ? [undefined] : examplesOf(requestBody.content);
      expect([operationId, bodies.length > 0]).toEqual([operationId, true]);
      for (const body of bodies) {
        const cart = await shop.open(['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 1 })));
        const raw = body === undefined ? {} : { raw: filledIn(JSON.stringify(body), cart) };
        const answer = await http.send(method, filledIn(path, cart), raw);
        const shown = examplesOf(responses[answer.status]?.content);
        const missing = shown.map((example) =>
          fieldsOf(example).filter((field) => !fieldsOf(answer.body).includes(field)),
        );
        // One of several examples shows the answer.
        expect([operationId, answer.status, missing]).toEqual([
          operationId,
          statuses(operation, 200).find((status) => status === answer.status),
          missing.length === 0 ? [] : expect.arrayContaining([[]]),
        ]);
      }
    }
  });
});

describe('a live stream', () => {
  it('sends events as the document describes them', async () => {
    const { shop, http, port } = service();
    const { id } = await shop.open();
    const origin = `http://127.0.0.1:${port}`;
    const api = await DocumentedApi.of(origin);
    const target = `/v1/events/stream?stream=cart-${id}`;
    expect((await http.get(target)).headers['content-type']).toMatch(/^text\/event-stream\b/);
    const reader = await SseReader.open(origin, target);
    try {
      await reader.until('its first event', () => reader.events.length > 0);
      expect(api.differencesFromSchema('FeedEventDto', reader.events[0]?.data)).toEqual([]);
      expect(api.differencesFromSchema('CartEventDto', reader.events[0]?.data)).not.toEqual([]);
    } finally {
      reader.leave();
    }
  });
});

describe('Swagger UI', () => {
  it('comes from this process alone', async () => {
    const { http } = service();
    const page = await http.get('/docs', { accept: 'text/html' });
    expect(page).toMatchObject({ status: 200 });
    expect(page.headers['content-type']).toMatch(/^text\/html\b/);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const links = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect(link).toMatch(/^\.\/docs\/[\w.-]+$/);
      const asset = await http.get(link.slice(1));
      expect([link, asset.status, asset.text.length > 0]).toEqual([link, 200, true]);
    }
    expect(page.text).not.toMatch(/https?:|\/\//);
    expect(page.text).toContain('This service runs for development.');
    const start = await http.get('/docs/start.js');
    expect(start.text).toContain('...followStory');
    expect(start.text).toContain('"url":"./openapi.json"');
    expect(start.text).toContain('"validatorUrl":null');
    expect((await http.get('/docs/try-it-out.mjs')).headers['content-type']).toContain('text/javascript');
    expect(start.text).not.toMatch(/https?:|\/\//);
    expect(document.servers).toEqual([{ url: '/' }]);
  });

  it('is found with a slash at its end, too', async () => {
    const answer = await service().http.get('/docs/');
    expect(answer).toMatchObject({ status: 302, headers: { location: '../docs' } });
  });
});

/** The names of the fields of an answer, as paths; what is inside of data of the callers' own is left out. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  if (Array.isArray(value)) return fieldsOf(entries[0]?.[1], `${path}[]`);
  return entries.flatMap(([name, inner]) => {
    const field = `${path}/${name}`;
    const isOpen = name === 'options' || name === 'data' || name === 'notices';
    return isOpen ? [field] : [field, ...fieldsOf(inner, field)];
  });
}
