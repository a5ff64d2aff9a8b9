import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CartwrightClient } from './client.js';

type Answering = (response: ServerResponse) => void;

/** Sends one request to a server that gives these answers, one after the other, and counts what it gets. */
async function ask(...answers: readonly Answering[]) {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    answers[count++]?.(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new CartwrightClient({ origin: `http://127.0.0.1:${port}`, connections: 1 });
  try {
    const answer = await client.createCart('EUR');
    return { answer, count };
  } finally {
    await client.close();
    server.close();
    await once(server, 'close');
  }
}

const answered =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (response) => {
    response.writeHead(status, headers).end('{}');
  };

describe('the client of a replay', () => {
  it('waits out a rate limit, for it says that nothing was done', async () => {
    const begun = performance.now();
    const { answer, count } = await ask(answered(429, { 'retry-after': '1' }), answered(429), answered(201));
    expect([answer.status, count]).toEqual([201, 3]);
    expect(performance.now() - begun).toBeGreaterThan(1_000);
  });

  it.each([409, 500, 503])('sends nothing again that was answered otherwise: %i', async (status) => {
    const { answer, count } = await ask(answered(status, { 'retry-after': '1' }), answered(201));
    expect([answer.status, answer.retryAfterMs, count]).toEqual([status, 1_000, 1]);
  });
});
