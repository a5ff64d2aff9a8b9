import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What `ReadyForQuery` looks like when no transaction is open: the last bytes of an answer, sent after the commit. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** What the server says last to a session that an administrator ends. */
const FAREWELL = fatalError('57P01', 'terminating connection due to administrator command');

function fatalError(code: string, message: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}

/** A network between a process and its PostgreSQL, to be broken at the worst moment. */
export class LossyProxy {
  private readonly sockets = new Set<Socket>();
  private swallowing: { readonly statement: string; readonly swallowed: () => void } | undefined;

  private frozen = new Set<Socket>();
  private isEnding = false;

  private constructor(
    private readonly server: Server,
    /** URL of the database through this proxy. */
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<LossyProxy> {
    const target = new URL(databaseUrl);
    const server = createServer((client) => {
      proxy.join(client, connect(Number(target.port), target.hostname));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new LossyProxy(server, url.href);
    return proxy;
  }

  /**
   * Lets the next statement in which `text` occurs through, and cuts its connection instead of delivering the answer.
   * @returns resolves once that has happened
   */
  async swallowAnswerTo(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.swallowing = { statement: text, swallowed: resolve };
    });
  }

  /** Has every session from now on ended after its first answer, so quickly that both arrive at once. */
  endSessionsAtOnce(): void {
    this.isEnding = true;
  }

  /** Lets nothing pass on the connections there are, without a word; new ones are sound. */
  freeze(): void {
    this.frozen = new Set(this.sockets);
  }

  /** Cuts all connections, and refuses new ones until `mend`. */
  async cut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Ends what `cut` began. */
  async mend(): Promise<void> {
    this.server.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.cut();
  }

  private join(client: Socket, server: Socket): void {
    let swallowed: (() => void) | undefined;
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        cut();
        this.sockets.delete(socket);
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (this.frozen.has(client)) return;
      if (this.swallowing && chunk.includes(this.swallowing.statement)) {
        swallowed = this.swallowing.swallowed;
        this.swallowing = undefined;
      }
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (this.frozen.has(client)) return;
      if (this.isEnding && chunk.subarray(-READY.length).equals(READY)) {
        client.end(Buffer.concat([chunk, FAREWELL]));
        server.destroy();
      } else if (swallowed === undefined) client.write(chunk);
      else if (chunk.subarray(-READY.length).equals(READY)) {
        cut();
        swallowed();
      }
    });
  }
}
