import { Client } from 'pg';
import { countEvents } from '../support/event-count.js';
import type { Answer } from '../support/http-client.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import type { HostileInput } from './hostile-input.js';
import { HOSTILE_INPUTS } from './hostile-inputs.js';

let commandDatabase: Client;
// Hooks run in this order: the connection has to go before the service takes its databases down.
afterAll(() => commandDatabase.end());
const service = useService('hostile');

let cart: Cart;
let before: { look: Answer<Cart>; events: number };

/** What must not change: the cart, as it is shown, and the whole log. */
async function theState(): Promise<typeof before> {
  const { status, headers, text, body } = await service().shop.look(cart.id);
  const look = { status, headers: { etag: headers['etag'] }, text, body };
  return { look, events: await countEvents(commandDatabase) };
}

function filledIn(text: string): string {
  return text.replaceAll('{cartId}', cart.id).replaceAll('{itemId}', cart.items[0]?.id ?? '');
}

function send({ method, target, body, headers }: HostileInput): Promise<Answer> {
  const raw = typeof body === 'string' ? filledIn(body) : body;
  return service().http.send(method, filledIn(target), { headers, ...(raw !== undefined && { raw }) });
}

beforeAll(async () => {
  const { shop } = service();
  await shop.stock('MUG-1', 1999);
  await shop.stock('ALL-MONEY', Number.MAX_SAFE_INTEGER);
  await shop.stock('GONE-1', 100, { active: false });
  await shop.stock('USD-1', 100, { price: { amount: 100, currency: 'USD' } });
  cart = await shop.open([{ sku: 'MUG-1', quantity: 999_998 }]);
  commandDatabase = new Client({ connectionString: service().commandDatabaseUrl });
  await commandDatabase.connect();
  before = await theState();
});

it.each(HOSTILE_INPUTS.map((input, index) => [index + 1, input.what, input.refusal, input] as const))(
  '%i. %s: %s, and nothing is written',
  async (_index, _what, refusal, input) => {
    const problem = expectProblem(await send(input), refusal);
    if (input.pointer !== undefined) expect(pointersOf(problem).join(',')).toBe(input.pointer);
    expect(await theState()).toEqual(before);
  },
);
