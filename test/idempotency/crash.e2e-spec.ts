import { randomUUID } from 'node:crypto';
import type { Answer } from '../support/http-client.js';
import type { Service } from '../support/service.js';
import type { Cart, OpenedCart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { gist, inTurn, isReplayed, keyed } from './keys.js';

const service = useService('idempotent_crash');

const WRITERS = 24;
const ANSWERED_BEFORE_KILL = 150;

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1']);
});

/** A request with its key, and the answer that came, if one did. */
interface Sent {
  readonly send: (to: Pick<Service, 'shop' | 'http'>) => Promise<Answer>;
  answer: Answer | undefined;
}

it('repeats the first answer after a kill, whether it was sent or not, and does nothing twice', async () => {
  const carts = await Promise.all(Array.from({ length: 4 }, () => service().shop.open()));
  const sent: Sent[] = [];
  const { shop, http } = service();
  let answered = 0;
  const write = async (writer: number): Promise<void> => {
    const { id } = inTurn(carts, writer);
    for (let number = 0; ; number += 1) {
      const [headers, text] = [keyed(), `${writer}/${number}`];
      const one: Sent = {
        // Every other one adds; the others open a cart of their own.
        send: (to) =>
          number % 2 === 0
            ? to.shop.add(id, { sku: 'MUG-1', options: { text } }, headers)
            : to.http.send('POST', '/v1/carts', { body: { currency: 'EUR' }, headers }),
        answer: undefined,
      };
      sent.push(one);
      one.answer = await one.send({ shop, http }).catch(() => undefined);
      if (one.answer === undefined) return;
      expect(one.answer.status).toBe(201);
      answered += 1;
      if (answered === ANSWERED_BEFORE_KILL) await service().kill();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  // Whoever is among these may have had its effect or not.
  expect(sent.some(({ answer }) => answer === undefined)).toBe(true);

  await service().launch();
  const eventsBefore = await countOf(carts);
  const repeats = await Promise.all(
    sent.map(async ({ send, answer }) => [answer, await send(service())] as const),
  );
  for (const [answer, repeat] of repeats) {
    expect([repeat.status, repeat.text]).toEqual([201, repeat.text]);
    if (answer === undefined) continue;
    expect(gist(repeat)).toEqual(gist(answer));
    expect(isReplayed(repeat)).toBe(true);
  }
  const adds = sent.filter((_, index) => isAddition(repeats[index]?.[1]));
  const opened = repeats.flatMap(([, repeat]) => (isAddition(repeat) ? [] : (repeat.body as OpenedCart).id));
  expect(new Set(opened).size).toBe(sent.length - adds.length);
  for (const id of opened) expect(await service().shop.history(id)).toHaveLength(1);
  // Only those that never had an effect have had it now.
  const fresh = repeats.filter(([, repeat]) => isAddition(repeat) && !isReplayed(repeat)).length;
  expect(await countOf(carts)).toBe(eventsBefore + fresh);
  expect(await countOf(carts)).toBe(carts.length + adds.length);
});

const isAddition = (answer: Answer | undefined): boolean =>
  (answer?.body as Cart | undefined)?.items.length !== 0;

async function countOf(carts: readonly Cart[]): Promise<number> {
  const histories = await Promise.all(carts.map(({ id }) => service().shop.history(id)));
  return histories.flat().length;
}

it('has one effect across two processes and over a restart', async () => {
  const another = await service().startAnother();
  const both = [service(), another];
  const { id } = await service().shop.open();
  for (let round = 0; round < 5; round += 1) {
    const headers = keyed();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => inTurn(both, index).shop.add(id, { sku: 'MUG-1' }, headers)),
    );
    for (const answer of answers) expect(gist(answer)).toEqual(gist(inTurn(answers, 0)));
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
    expect(await service().shop.history(id)).toHaveLength(round + 2);
  }
  const key = randomUUID();
  const open = (to: Service) =>
    to.http.send<OpenedCart>('POST', '/v1/carts', { body: { currency: 'EUR' }, headers: keyed(key) });
  const opened = await Promise.all(Array.from({ length: 40 }, (_, index) => open(inTurn(both, index))));
  expect(new Set(opened.map(({ body }) => body.id)).size).toBe(1);
  await service().stop();
  await service().launch();
  const repeat = await open(service());
  expect(gist(repeat)).toEqual(gist(opened[0] as Answer));
  expect(isReplayed(repeat)).toBe(true);
});
