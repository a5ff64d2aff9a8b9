import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports of outgoing connections, so that no client takes the port while a server is down. */
const PORTS = { least: 15_000, most: 30_000 };

/** @returns a port of the loopback address that nobody listens on */
export async function freePort(): Promise<number> {
  const span = PORTS.most - PORTS.least;
  const first = Math.floor(Math.random() * span);
  for (let offset = first; ; offset = (offset + 1) % span) {
    const port = PORTS.least + offset;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server
        .once('error', () => {
          resolve(false);
        })
        .listen(port, '127.0.0.1', () => {
          resolve(true);
        });
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
