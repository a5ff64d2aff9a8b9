import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Body, FakeShop, type Quirk, Refusal, tokenOf } from './fake-shop.js';

/**
 * As much of the service's contract as a replay uses, over HTTP. With a quirk it does one thing its own way; without, it
 * is honest, which shows that it is the quirk that a replay finds.
 */
export class FakeCartService {
  private readonly shop: FakeShop;
  private readonly server: Server;

  constructor(quirk?: Quirk) {
    this.shop = new FakeShop(quirk);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** @returns the origin, `http://127.0.0.1:<port>` */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString();
    const body = text === '' ? {} : (JSON.parse(text) as Body);
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const token = request.headers['x-cart-token'];
    const [status, answer] = this.route(request.method ?? '', url, body, token);
    const { id, version } = answer as { id?: string; version?: number };
    const minimal = request.headers['prefer'] === 'return=minimal' && status < 300;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(minimal ? { id, version } : answer));
  }

  private route(method: string, url: URL, body: Body, token: unknown): [number, object] {
    const segments = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const [resource = '', id = '', part, itemId = ''] = segments;
    try {
      if (resource === 'carts' && id !== '' && token !== tokenOf(id))
        throw new Refusal(404, 'CART_NOT_FOUND');
      switch (`${method} ${resource}`) {
        case 'GET ready':
          return [200, {}];
        case 'POST products':
          return [200, this.shop.importProducts(body)];
        case 'PUT products':
          return [200, this.shop.putProduct(id, body)];
        case 'POST carts':
          return id === '' ? [201, this.shop.createCart(body)] : this.shop.add(id, body);
        case 'GET carts':
          return [200, part === 'events' ? this.shop.history(id, after(url)) : this.shop.read(id)];
        default:
          return [200, this.shop.change(id, itemId, body.quantity ?? 0)];
      }
    } catch (error) {
      if (error instanceof Refusal) {
        return [error.status, { status: error.status, code: error.code }];
      }
      throw error;
    }
  }
}

function after(url: URL): number {
  return Number(url.searchParams.get('after'));
}
