import { connect, type Socket } from 'node:net';

/** An answer, its body as text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request without a body. */
export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: bench\r\n${headers}\r\n`;
}

/** A request over HTTP/1.1, ready to be written; with a JSON body unless that is empty. */
export function post(path: string, body: string, headers = ''): string {
  return requestText('POST', path, body, headers);
}

export function requestText(method: string, path: string, body: string, headers = ''): string {
  const length = Buffer.byteLength(body);
  const type = length === 0 ? '' : 'content-type: application/json\r\n';
  return `${method} ${path} HTTP/1.1\r\nhost: bench\r\n${type}content-length: ${length}\r\n${headers}\r\n${body}`;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_AT = 'HTTP/1.1 '.length;
/** Statuses whose answers have no body, and no Content-Length that would announce one. */
const BODILESS = [204, 304];

/**
 * A kept-alive connection that carries one request at a time. It knows just enough of HTTP for the answers of the
 * service (each has a Content-Length), so that it uses as little as possible of the processors that the service
 * needs too.
 */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.answer();
    });
    socket.on('error', (error) => {
      this.fail(error);
    });
    socket.on('close', () => {
      this.fail(new Error('The service has closed the connection.'));
    });
  }

  /** @param origin such as `http://127.0.0.1:3000` */
  static async open(origin: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new HttpConnection(socket);
  }

  /** @throws Error for any answer but a 2xx or a 304 */
  async send(request: string): Promise<Answer> {
    const answer = await this.exchange(request);
    if (!succeeded(answer)) throw unexpected(request, answer);
    return answer;
  }

  /** Sends a request and resolves to its answer, whatever its status is. */
  exchange(request: string): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.removeAllListeners('close').destroy();
  }

  private answer(): void {
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    const length = BODILESS.includes(status) ? '0' : /content-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.fail(new Error(`An answer without Content-Length: ${head}`));
      return;
    }
    const start = headEnd + HEAD_END.length;
    const end = start + Number(length);
    if (this.received.length < end) return;
    const body = this.received.toString('utf8', start, end);
    this.received = this.received.subarray(end);
    this.take()?.resolve({ status, body });
  }

  private fail(error: Error): void {
    this.take()?.reject(error);
  }

  private take(): typeof this.waiting {
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }
}

export function succeeded({ status }: Answer): boolean {
  return (status >= 200 && status <= 299) || status === 304;
}

/** The error that says which request had an answer that it should not have had. */
export function unexpected(request: string, { status, body }: Answer): Error {
  return new Error(`${request.split('\r\n', 1)[0] ?? ''} was answered with ${status}: ${body}`);
}

/** Opens as many connections as are asked for, and closes them when `work` is done. */
export async function withConnections<T>(
  origin: string,
  count: number,
  work: (connections: readonly HttpConnection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(origin)));
  try {
    return await work(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}
