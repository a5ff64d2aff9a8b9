import { expectHistoryOf } from '../support/fold-history.js';
import { useService } from '../support/use-service.js';

const service = useService('kill');

const WRITERS = 16;
const ENOUGH = 100;

it('has every acknowledged change after it was killed under load', async () => {
  await service().shop.stock('MUG-1');
  const { id } = await service().shop.open();
  const acknowledged = new Set<string>();
  const { shop } = service();
  const addUntilBroken = async (writer: number) => {
    for (let count = 0; ; count += 1) {
      const text = `${writer}/${count}`;
      const answer = await shop.add(id, { sku: 'MUG-1', options: { text } }).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(201);
      acknowledged.add(text);
      if (acknowledged.size === ENOUGH) await service().kill();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => addUntilBroken(writer)));
  expect(acknowledged.size).toBeGreaterThanOrEqual(ENOUGH);

  await service().launch();
  const events = await service().shop.history(id);
  const cart = await service().shop.cart(id, events.length);
  expectHistoryOf(cart, events);
  const kept = cart.items.map(({ options }) => options['text']);
  expect(kept).toEqual(expect.arrayContaining([...acknowledged]));
  // Each writer can have lost the answer to at most one add.
  expect(kept.length - acknowledged.size).toBeLessThanOrEqual(WRITERS);
  expect((await service().shop.add(id, { sku: 'MUG-1' })).body.version).toBe(events.length + 1);
});
