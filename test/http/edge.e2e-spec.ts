import { expectProblem, JSON_TYPE, useEdge } from './edge-harness.js';

const { call, raw } = useEdge();

describe('routes', () => {
  it('serves the API under /v1, and health and metrics beside it', async () => {
    expect((await call('GET', '/v1/things/7')).json).toEqual({ thingId: '7' });
    expect((await call('GET', '/metrics')).text).toBe('up 1\n');
    expectProblem(await call('GET', '/v1/health/live'), 404, 'NOT_FOUND');
    expectProblem(await call('GET', '/things/7'), 404, 'NOT_FOUND');
  });

  it.each([
    ['PUT', '/v1/things', 'GET, HEAD, POST'],
    ['POST', '/v1/things/7', 'GET, HEAD, DELETE'],
    ['GET', '/v1/things/7/parts', 'PATCH'],
    ['OPTIONS', '/v1/things/7/parts', 'PATCH'],
    ['PROPFIND', '/metrics', 'GET, HEAD'],
  ])('answers 405 to %s %s and says what is allowed', async (method, path, allow) => {
    const answer = await raw([`${method} ${path} HTTP/1.1`, 'Host: h']);
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each(['/v1/things/', '/v1//things', '/v1/things//parts', '/nowhere', '/v1/things/7/parts/8'])(
    'answers 404 where nothing is: %s',
    async (path) => {
      expectProblem(await call('PATCH', path, { headers: JSON_TYPE, body: '{"broken' }), 404, 'NOT_FOUND');
    },
  );

  it.each(['/v1/things/%', '/v1/things/%zz', '/v1/things/%ff', '/v1/things/a%00b', '/%c0%ae'])(
    'takes the undecodable path %s for one that leads nowhere',
    async (path) => {
      expectProblem(await raw([`GET ${path} HTTP/1.1`, 'Host: h']), 404, 'NOT_FOUND');
    },
  );

  it('lets the resource answer 404 for a very long name', async () => {
    const name = 'n'.repeat(10_000);
    expect((await call('GET', `/v1/things/${name}`)).json).toEqual({ thingId: name });
  });

  it('refuses only callers that accept none of our media types', async () => {
    const ask = (accept: string, path = '/v1/things/7') => call('GET', path, { headers: { accept } });
    for (const accept of ['application/xml', 'text/event-stream', 'application/json;q=0, */*']) {
      expectProblem(await ask(accept), 406, 'NOT_ACCEPTABLE');
    }
    for (const accept of ['*/*', 'Application/JSON', 'APPLICATION/*', 'text/html, */*;q=0.1', '']) {
      expect((await ask(accept)).status).toBe(200);
    }
    expect((await ask('Text/Event-Stream', '/v1/ticker')).status).toBe(200);
    expectProblem(await ask('application/json', '/v1/ticker'), 406, 'NOT_ACCEPTABLE');
    for (const accept of ['text/plain', 'application/json'])
      expect((await ask(accept, '/metrics')).status).toBe(200);
  });
});

describe('request ids', () => {
  it('echoes the id of the caller, also in an error', async () => {
    const headers = { 'x-request-id': 'order-42/~' };
    expect((await call('GET', '/v1/things/7', { headers })).headers.get('x-request-id')).toBe('order-42/~');
    const refused = await call('GET', '/nowhere', { headers });
    expect(refused.json['traceId']).toBe('order-42/~');
  });

  it.each(['', 'two words', 'x'.repeat(129), 'caf\u00e9'])('makes an id where "%s" was sent', async (id) => {
    const { headers } = await call('GET', '/v1/things/7', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  });
});

describe('documentation', () => {
  it('serves Swagger UI and the document from this process alone', async () => {
    const page = await call('GET', '/docs', { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('//');
    for (const [, asset = ''] of page.text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)) {
      expect((await call('GET', asset)).status).toBe(200);
    }
    expect((await call('GET', '/openapi.json')).json).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Cartwright' },
    });
  });

  it('says how to authorise, and carries ids over, in development only', async () => {
    const html = { headers: { accept: 'text/html' } };
    expect((await call('GET', '/docs', html)).text).not.toContain('npm run -s token');
    expect((await call('GET', '/docs/start.js')).text).not.toContain('...followStory');
  });
});
