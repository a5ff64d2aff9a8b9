import { once } from 'node:events';
import { connect } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The body parsed, where it is JSON; an empty object otherwise. */
  readonly json: Record<string, unknown>;
}

/**
 * Sends bytes to a loopback port, in pieces (or does something between them), and reads until the server closes: for
 * requests no client would make. Ask for `Connection: close` in the bytes where the server would keep the connection.
 * @returns every answer the connection carried, in order
 */
export async function sendRaw(
  port: number,
  ...pieces: (string | Buffer | ((received: () => string) => Promise<void>))[]
): Promise<RawAnswer[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const received = () => Buffer.concat(chunks).toString('latin1');
  // A server that refuses a body may reset the connection once it has answered: what was read until then counts.
  const failed = new Promise<void>((resolve) =>
    socket.once('error', () => {
      resolve();
    }),
  );
  await Promise.race([once(socket, 'connect'), failed]);
  for (const piece of pieces) {
    if (!socket.writable) break;
    if (typeof piece === 'function') await piece(received);
    else if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close'), failed]);
  }
  if (!socket.closed) await once(socket, 'close');
  return parseAnswers(received());
}

function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest.startsWith('HTTP/1.1 ');) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const [statusLine = '', ...lines] = rest.slice(0, end).trimEnd().split('\r\n');
    const headers = new Map(lines.map((line) => splitHeader(line)));
    const length = Number(headers.get('content-length') ?? 0);
    const body = rest.slice(end, end + length);
    answers.push({ status: Number(statusLine.split(' ')[1]), headers, body, json: parseJson(body) });
    rest = rest.slice(end + length);
  }
  return answers;
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function parseJson(body: string): Record<string, unknown> {
  return body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {};
}
