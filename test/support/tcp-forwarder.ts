import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** One stable address in front of a server on the loopback. A test can cut it, stall it, and point it elsewhere. */
export class TcpForwarder {
  private static readonly all = new Set<TcpForwarder>();
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'cut' | 'stalled' = 'open';

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    TcpForwarder.all.add(this);
    server.on('connection', (client: Socket) => {
      this.lead(client);
    });
  }

  /**
   * Listens on the loopback.
   * @param url of the server behind the address, or any URL with its port
   */
  static async to(url: string): Promise<TcpForwarder> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpForwarder(server, portOf(url));
  }

  /** The port of the stable address. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The same URL with the stable address. */
  url(direct: string): string {
    const url = new URL(direct);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Leads new connections to another server. Present ones stay where they are; `cut` and `mend` end them. */
  pointTo(url: string): void {
    this.target = portOf(url);
  }

  /** Resets all connections, and each new one at once, until `mend`. */
  cut(): void {
    this.state = 'cut';
    this.resetAll();
  }

  /** Forwards nothing any more and closes nothing, like a network that drops packets, until `resume` or `mend`. */
  stall(): void {
    this.state = 'stalled';
    for (const socket of this.sockets) socket.pause();
  }

  /** Forwards what was sent while it was stalled, and everything after that. */
  resume(): void {
    this.state = 'open';
    for (const socket of this.sockets) socket.resume();
  }

  /** Resets all connections and forwards new ones, to another server if its URL is given. */
  mend(url?: string): void {
    this.resetAll();
    if (url !== undefined) this.pointTo(url);
    this.state = 'open';
  }

  /** Resets its connections and stops listening. */
  async close(): Promise<void> {
    if (!TcpForwarder.all.delete(this)) return;
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Closes all that are open. */
  static async closeAll(): Promise<void> {
    await Promise.all([...this.all].map((forwarder) => forwarder.close()));
  }

  private resetAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
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
    socket.on('error', () => undefined); // 'close' follows
    socket.once('close', () => this.sockets.delete(socket));
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
