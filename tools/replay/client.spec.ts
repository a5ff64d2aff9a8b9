import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CartwrightClient } from './client.js';

type Answering = (response: ServerResponse) => void;

/** Sends one request to a server that gives these answers, one after the other, and collects the keys it gets. */
async function ask(...answers: readonly Answering[]) {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    request.resume();
    answers[keys.push(request.headers['idempotency-key']) - 1]?.(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new CartwrightClient({ origin: `http://127.0.0.1:${port}`, connections: 1 });
  try {
    const answer = await client.createCart('EUR');
    return { answer, count: keys.length, keys: new Set(keys) };
  } finally {
    await client.close();
    server.close();
    await once(server, 'close');
  }
}

const answered =
  (status: number, headers: Record<string, string> = {}, body: object = {}): Answering =>
  (response) => {
    response.writeHead(status, headers).end(JSON.stringify(body));
  };

describe('the client of a replay', () => {
  it.each(['RATE_LIMITED', 'OVERLOADED'])(
    'sends a request again after %s, with the same key',
    async (code) => {
      const begun = performance.now();
      const later = { 'retry-after': '1' };
      const { answer, count, keys } = await ask(
        answered(429, later, { code }),
        answered(503, {}, { code }),
        answered(201),
      );
      expect([answer.status, count, keys.size]).toEqual([201, 3, 1]);
      expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
      expect(performance.now() - begun).toBeGreaterThan(1_000);
    },
  );

  it.each([409, 500, 503])('sends nothing again that was answered otherwise: %i', async (status) => {
    const { answer, count } = await ask(answered(status, { 'retry-after': '1' }), answered(201));
    expect([answer.status, answer.retryAfterMs, count]).toEqual([status, 1_000, 1]);
  });
});
