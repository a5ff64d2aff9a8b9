import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { sendRaw } from '../http/raw-http.js';
import { AS_ADMIN } from '../support/credentials.js';
import { eventCount } from '../support/event-count.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('idempotency_keys');

describe('an invalid key', () => {
  const put = (key: string) =>
    service().http.send('PUT', '/v1/products/FORM-1', {
      headers: { 'idempotency-key': key },
      body: { name: 'A jar', price: { amount: 1, currency: 'EUR' } },
    });

  it.each(['', '""', ' ', 'two words', '"two words"', '"open', '"a"b"', 'caf\u00e9', 'x'.repeat(256)])(
    'such as %j is refused',
    async (key) => {
      expectProblem(await put(key), '400 INVALID_IDEMPOTENCY_KEY');
    },
  );

  it.each(['x', '"x"', '~!@#$%^&*()', 'x'.repeat(255), `"${'x'.repeat(255)}"`, '"a\\"b\\\\"', 'a,b'])(
    'is not %j',
    async (key) => {
      expect((await put(key)).status).toBeLessThan(300);
    },
  );

  it('is two keys', async () => {
    const agent = new Agent();
    const { statusCode, body } = await request(`http://127.0.0.1:${service().port}/v1/products/FORM-1`, {
      dispatcher: agent,
      method: 'PUT',
      headers: [
        ...['content-type', 'application/json', 'authorization', String(AS_ADMIN['authorization'])],
        ...['idempotency-key', 'one', 'idempotency-key', 'two'],
      ],
      body: JSON.stringify({ name: 'A jar', price: { amount: 1, currency: 'EUR' } }),
    });
    expect([statusCode, await body.json()]).toMatchObject([400, { code: 'INVALID_IDEMPOTENCY_KEY' }]);
    await agent.close();
  });

  it.each([
    ['NUL', '\0'],
    ['a control character', '\x01'],
    ['DEL', '\x7f'],
    ['a lone CR', '\r'],
    ['a folded line', '\r\n '],
    ['half a character', '\xc3'],
  ])('has %s in it, as no client would send it', async (_what, bytes) => {
    const before = await eventCount(service().commandDatabaseUrl);
    const body = '{"currency":"EUR"}';
    const [answer] = await sendRaw(
      service().port,
      Buffer.from(
        `POST /v1/carts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${body.length}\r\nIdempotency-Key: ${randomUUID()}${bytes}x\r\n\r\n${body}`,
        'latin1',
      ),
    );
    expect(answer?.status).toBe(400);
    expect(await eventCount(service().commandDatabaseUrl)).toBe(before);
  });
});
