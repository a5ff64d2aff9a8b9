import { Pool, type Dispatcher } from 'undici';
import type { DocumentedApi, Exchange } from './contract/documented-api.js';
import { remember, usualCredentials } from './credentials.js';

/** As many requests of one client run at the same time; more wait for their turn. */
const CONNECTIONS = 100;

/** An answer of the service. `body` is what its JSON says; an answer without one has an `undefined` body. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly body: Body;
}

/** What a request carries besides its method and target. */
export interface RequestParts {
  readonly headers?: Headers;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is; `application/json` unless the headers say otherwise. */
  readonly raw?: string | Buffer;
}

/** Headers of a request; one that is `null` is not sent at all. */
export type Headers = Readonly<Record<string, string | null>>;

/**
 * Speaks HTTP to one origin. Targets, bodies and headers go out as they are given; who calls is added, as the usual caller of the
 * route, where the headers say nothing of it. Every answer is held against the document of the API (see `contract/README.md`).
 */
export class HttpClient {
  /** In what answers have differed from the document. */
  readonly differences: string[] = [];
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly api: DocumentedApi,
  ) {
    this.pool = new Pool(origin, { connections: CONNECTIONS });
  }

  /**
   * @param target path and query, as they are to stand in the request line
   * @throws Error when the connection breaks before the answer is there, or the answer is not as documented
   */
  async send<Body = unknown>(
    method: Dispatcher.HttpMethod,
    target: string,
    { headers = {}, body, raw = body === undefined ? undefined : JSON.stringify(body) }: RequestParts = {},
  ): Promise<Answer<Body>> {
    const typed = raw === undefined ? {} : { 'content-type': 'application/json' };
    const credentials = usualCredentials(method, target, headers);
    const sent = Object.entries<string | null>({ ...typed, ...credentials, ...headers }).filter(
      ([, value]) => value !== null,
    );
    const response = await this.pool.request({
      method,
      path: target,
      headers: Object.fromEntries(sent) as Record<string, string>,
      body: raw ?? null,
    });
    const type = String(response.headers['content-type']);
    if (type.startsWith('text/event-stream')) {
      // It has no end: the head has to do. Who is to read it takes an `SseReader`.
      response.body.on('error', () => undefined).destroy();
    }
    const text = response.body.destroyed ? '' : await response.body.text();
    const isJson = type.includes('json') && text !== '';
    const parsed: unknown = isJson ? JSON.parse(text) : undefined;
    remember(parsed);
    const answer = {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      text,
      body: parsed as Body,
    };
    this.hold({ method, target, ...answer });
    return answer;
  }

  private hold(exchange: Exchange): void {
    const found = this.api.differences(exchange);
    this.differences.push(...found);
    if (found.length > 0) throw new Error(`${found.join('\n')}\n${exchange.text}`);
  }

  get<Body = unknown>(target: string, headers: Headers = {}): Promise<Answer<Body>> {
    return this.send<Body>('GET', target, { headers });
  }

  /** Ends all connections once their answers are there. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  /** Breaks all connections off; requests that wait for their answers fail. */
  async abort(): Promise<void> {
    await this.pool.destroy();
  }
}
