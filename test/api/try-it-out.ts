import { exampleOf, inOrder, Story } from '../../src/http/openapi/try-it-out.mjs';
import { as, asCustomer } from '../support/credentials.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { examplesOf, type OpenApiDocument, type Operation } from './openapi-document.js';

const STAFF = as({ sub: 'ops', roles: ['admin', 'service'] });
const CUSTOMER = asCustomer('ada');

/** Tries the operations of a document out as Swagger UI of the service does, with a reader who edits nothing. */
export class TryItOut {
  private readonly story = new Story();

  constructor(
    private readonly http: HttpClient,
    private readonly document: OpenApiDocument,
  ) {}

  /** @returns the operations in the order of the page */
  inOrder(operations: readonly Operation[]): Operation[] {
    const tags = this.document.tags.map(({ name }) => name);
    const shown = (operation: Operation) => ({
      get: (key: 'method' | 'path') => (key === 'method' ? operation.method.toLowerCase() : operation.path),
    });
    const tagOf = ({ tags: [tag = ''] = [] }: Operation) => tags.indexOf(tag);
    return [...operations].sort(
      (one, other) => tagOf(one) - tagOf(other) || inOrder(shown(one), shown(other)),
    );
  }

  /** Sends a request with the values that the page shows, and with the credentials that the operation names. */
  async execute(operation: Operation): Promise<Answer> {
    const { method, requestBody } = operation;
    const [body] = examplesOf(requestBody?.content);
    const raw = body === undefined ? {} : { raw: this.story.fill(JSON.stringify(body)) };
    const headers = { ...this.credentials(operation), ...this.values(operation, 'header') };
    const answer = await this.http.send(method, this.target(operation), { headers, ...raw });
    if (method !== 'GET') {
      const example = exampleOf(this.document, operation.path, method.toLowerCase(), answer.status);
      this.story.learn(example, answer.body);
    }
    return answer;
  }

  private target(operation: Operation): string {
    const inPath = this.values(operation, 'path');
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(inPath[name] ?? `without an example: ${name}`),
    );
    const query = new URLSearchParams(this.values(operation, 'query')).toString();
    return query === '' ? path : `${path}?${query}`;
  }

  /** The values that Swagger UI puts into the fields of the page, whether they are required or not. */
  private values({ parameters = [] }: Operation, place: string): Record<string, string> {
    const shown = parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, example, schema }) => [name, example ?? schema?.example ?? schema?.default] as const)
      .filter(([, value]) => value !== undefined);
    return Object.fromEntries(shown.map(([name, value]) => [name, this.story.fill(String(value))]));
  }

  private credentials({ security = [] }: Operation): Record<string, string | null> {
    const schemes = security.flatMap((one) => Object.keys(one));
    const { cartToken } = this.document.components.securitySchemes;
    return {
      authorization: null,
      ...(schemes.includes('cartToken') && {
        'x-cart-token': this.story.fill(cartToken?.['x-example'] ?? ''),
      }),
      ...(schemes.includes('customer') && CUSTOMER),
      ...(schemes.includes('bearer') && STAFF),
    };
  }
}
