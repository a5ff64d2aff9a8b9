import { fastify } from 'fastify';
import { eventually } from '../../test/support/eventually.js';
import { Caller } from './caller.js';
import { CartTokens } from './cart-tokens.js';
import { limitCallers } from './rate-limit.js';
import { RequestCounter } from './request-counter.js';

const tokens = new CartTokens(['a secret']);

/** A server with one route. The query names the caller. */
async function served(requests: number, windowMs: number) {
  const app = fastify();
  app.addHook('onRequest', (request, _reply, done) => {
    const { id } = request.query as { readonly id?: string };
    if (id !== undefined) request.caller = new Caller('customer', id, undefined, tokens);
    done();
  });
  limitCallers(app, new RequestCounter({ requests, windowMs }));
  app.get('/', () => ({}));
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { call: (path: string) => fetch(origin + path), end: () => app.close() };
}

describe('limitCallers', () => {
  it('accepts a caller again when the window is over, even if the wall clock stepped back', async () => {
    const { call, end } = await served(1, 100);
    const refused = await eventually(
      'a refusal',
      () => call('/?id=a'),
      ({ status }) => status !== 200,
    );
    expect(refused.headers.get('ratelimit')).toBe('"caller";r=0;t=1');
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
    try {
      expect(Number((await call('/?id=a')).headers.get('ratelimit-reset'))).toBeLessThanOrEqual(1);
      await eventually(
        'to be let in',
        () => call('/?id=a'),
        ({ status }) => status === 200,
      );
    } finally {
      Date.now = now;
      await end();
    }
  });

  it('does not count requests whose caller was not identified', async () => {
    const { call, end } = await served(1, 3_600_000);
    for (let count = 0; count < 3; count++) expect((await call('/')).status).toBe(200);
    await end();
  });
});

describe('RequestCounter', () => {
  it('returns the requests left, and whether the limit is exceeded', () => {
    const counter = new RequestCounter({ requests: 2, windowMs: 3_600_000 });
    expect(counter.isUsedUp('a')).toBe(false);
    expect(counter.count('a')).toMatchObject({ remaining: 1, isExceeded: false });
    expect(counter.isUsedUp('a')).toBe(false);
    expect(counter.count('a')).toMatchObject({ remaining: 0, isExceeded: false });
    expect(counter.isUsedUp('a')).toBe(true);
    expect(counter.isUsedUp('b')).toBe(false);
    const over = counter.count('a');
    expect(over).toMatchObject({ remaining: 0, isExceeded: true });
    expect(over.resetMs).toBeGreaterThan(3_500_000);
    expect(over.resetMs).toBeLessThanOrEqual(3_600_000);
  });
});
