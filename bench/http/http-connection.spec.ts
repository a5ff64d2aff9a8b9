import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { get, HttpConnection, post, requestText } from './http-connection.js';

/** Lends a connection to a server that calls `answer` with every chunk it gets. */
async function connected(
  answer: (socket: Socket, request: string) => void,
  work: (connection: HttpConnection) => Promise<void>,
): Promise<void> {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      answer(socket, chunk.toString());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = await HttpConnection.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await work(connection);
  } finally {
    connection.close();
    server.close();
    await once(server, 'close');
  }
}

const answerOf = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('the connection of the load generator', () => {
  it('sends one request after the other over one connection', async () => {
    const seen: string[] = [];
    const echo = (socket: Socket, request: string): void => {
      seen.push(request);
      socket.write(answerOf('201 Created', `{"n":${seen.length}}`));
    };
    await connected(echo, async (connection) => {
      expect(await connection.send(post('/a', '{"x":"ü"}'))).toEqual({ status: 201, body: '{"n":1}' });
      expect(await connection.send(post('/b', '{}'))).toEqual({ status: 201, body: '{"n":2}' });
    });
    expect(seen[0]).toMatch(/^POST \/a HTTP\/1\.1\r\n[^]*content-length: 10\r\n\r\n\{"x":"ü"\}$/);
  });

  it('puts an answer together that comes in pieces, in the middle of a character too', async () => {
    const whole = Buffer.from(answerOf('200 OK', '"ü"'));
    const inPieces = (socket: Socket): void => {
      const pieces = [whole.subarray(0, 20), whole.subarray(20, -2), whole.subarray(-2)];
      const next = (): void => {
        const piece = pieces.shift();
        if (piece) socket.write(piece, () => setImmediate(next));
      };
      next();
    };
    await connected(inPieces, async (connection) => {
      expect(await connection.send(post('/', '{}'))).toEqual({ status: 200, body: '"ü"' });
    });
  });

  it('fails for a refusal, and says which', async () => {
    const refuse = (socket: Socket): void => {
      socket.write(answerOf('404 Not Found', 'no such cart'));
    };
    await connected(refuse, async (connection) => {
      await expect(connection.send(post('/cart', '{}'))).rejects.toThrow(
        'POST /cart HTTP/1.1 was answered with 404: no such cart',
      );
    });
  });

  it('fails when the connection is closed instead of an answer', async () => {
    const hangUp = (socket: Socket): void => {
      socket.end();
    };
    await connected(hangUp, async (connection) => {
      await expect(connection.send(post('/', '{}'))).rejects.toThrow('closed the connection');
    });
  });

  it('knows that a 304 and a 204 have no body', async () => {
    const answer = (socket: Socket, request: string): void => {
      const status = request.startsWith('GET') ? '304 Not Modified' : '204 No Content';
      socket.write(`HTTP/1.1 ${status}\r\netag: "1"\r\n\r\n`);
    };
    await connected(answer, async (connection) => {
      expect(await connection.send(get('/a'))).toEqual({ status: 304, body: '' });
      expect(await connection.send(requestText('DELETE', '/a', ''))).toEqual({ status: 204, body: '' });
    });
  });

  it('hands out a refusal when asked for any answer', async () => {
    await connected(
      (socket) => socket.write(answerOf('409 Conflict', '{}')),
      async (connection) => {
        expect(await connection.exchange(get('/a'))).toEqual({ status: 409, body: '{}' });
        await expect(connection.send(get('/a'))).rejects.toThrow('GET /a HTTP/1.1 was answered with 409');
      },
    );
  });
});
