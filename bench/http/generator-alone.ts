import { createServer } from 'node:net';
import type { BenchProcess } from '../support/bench-process.js';
import { get } from './http-connection.js';
import type { Load, LoadResult } from './load-generator.js';

const DURATION_MS = 1_000;

/** Requests a second that the generator makes at most: this process answers with as little as an answer can be. */
export async function generatorAlone(generator: BenchProcess, connections: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    // The generator closes its connections when it is done.
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const origin = `http://127.0.0.1:${port ?? ''}`;
    const load: Load = { origin, calls: [[get('/')]], connections, durationMs: DURATION_MS };
    const { rate } = await generator.ask<LoadResult>(load);
    return rate;
  } finally {
    server.close();
  }
}
