import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A way to a server on the loopback that can be cut, blocked and led elsewhere: what a network does to a service, on purpose. */
export class Detour {
  private static readonly all = new Set<Detour>();
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'cut' | 'blocked' = 'open';

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    Detour.all.add(this);
    server.on('connection', (client: Socket) => {
      this.lead(client);
    });
  }

  /** @param url of the server to lead to */
  static async to(url: string): Promise<Detour> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Detour(server, Number(new URL(url).port));
  }

  /** The same URL, but by this way. */
  url(direct: string): string {
    const url = new URL(direct);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Breaks all connections, and each new one at once. */
  cut(): void {
    this.state = 'cut';
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Lets nothing through any more and tells nobody. */
  block(): void {
    this.state = 'blocked';
    for (const socket of this.sockets) socket.pause();
  }

  /** Lets through, late, what was sent while nothing was; as a network does that comes back. */
  unblock(): void {
    this.state = 'open';
    for (const socket of this.sockets) socket.resume();
  }

  /** Lets new connections through again, to another port if one is given; those that were blocked break. */
  mend(url?: string): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
    if (url !== undefined) this.target = Number(new URL(url).port);
    this.state = 'open';
  }

  /** Closes all that there are. */
  static async closeAll(): Promise<void> {
    for (const detour of this.all) {
      detour.cut();
      detour.server.close();
      await once(detour.server, 'close');
    }
    this.all.clear();
  }

  private lead(client: Socket): void {
    this.keep(client);
    if (this.state === 'cut') client.resetAndDestroy();
    if (this.state !== 'open') return;
    const upstream = connect(this.target, '127.0.0.1');
    this.keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined); // 'close' follows, and that is what counts
    socket.once('close', () => this.sockets.delete(socket));
  }
}
