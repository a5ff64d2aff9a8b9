import { expectProblem } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('prices');

const euros = (amount: number) => ({ amount, currency: 'EUR' });
const dollars = (amount: number) => ({ amount, currency: 'USD' });

let cart: Cart;
let mug: Item;
let tea: Item;

beforeEach(async () => {
  await service().shop.stock('MUG-1', 1000);
  await service().shop.stock('TEA-1', 300);
  cart = await service().shop.open([
    { sku: 'MUG-1', quantity: 2 },
    { sku: 'TEA-1', quantity: 4 },
  ]);
  [mug, tea] = cart.items as [Item, Item];
});

describe('notices', () => {
  it('show a changed price, and leave the cart unchanged', async () => {
    await service().shop.stock('TEA-1', 350);
    const { body } = await service().shop.look(cart.id);
    const notices = [{ code: 'PRICE_CHANGED', itemId: tea.id, previous: euros(300), current: euros(350) }];
    expect(body).toEqual({ ...cart, notices });
  });

  it('show a product that can no longer be bought', async () => {
    await service().shop.stock('MUG-1', 1000, { active: false });
    await service().shop.stock('TEA-1', 300, { price: dollars(300) });
    const { body } = await service().shop.look(cart.id);
    expect(body.notices).toEqual([
      { code: 'UNAVAILABLE', itemId: mug.id },
      { code: 'UNAVAILABLE', itemId: tea.id },
    ]);
  });

  it('are also in the answer to a change', async () => {
    await service().shop.stock('TEA-1', 350);
    const { body } = await service().shop.changeQuantity(cart.id, mug.id, 3);
    expect(body.notices).toMatchObject([{ code: 'PRICE_CHANGED', itemId: tea.id }]);
  });

  it('disappear when the price changes back or the item is removed', async () => {
    const { shop } = service();
    await shop.stock('TEA-1', 350);
    await shop.stock('TEA-1', 300);
    expect((await shop.look(cart.id)).body.notices).toEqual([]);
    await shop.stock('TEA-1', 350);
    expect((await shop.remove(cart.id, tea.id)).body.notices).toEqual([]);
  });

  it('ignore a new name', async () => {
    await service().shop.stock('TEA-1', 300, { name: 'Fine tea' });
    expect((await service().shop.look(cart.id)).body).toEqual(cart);
  });
});

describe('the entity tag', () => {
  it('changes with the notices; If-Match compares its version part', async () => {
    const { shop } = service();
    const tagOf = async () => String((await shop.look(cart.id)).headers['etag']);
    const plain = await tagOf();
    expect(plain).toBe('"3"');
    await shop.stock('TEA-1', 350);
    const noticed = await tagOf();
    expect(noticed).toMatch(/^"3-[\w-]+"$/);
    expect(await tagOf()).toBe(noticed);
    await shop.stock('TEA-1', 360);
    const noticedAnew = await tagOf();
    expect(noticedAnew).toMatch(/^"3-[\w-]+"$/);
    expect(noticedAnew).not.toBe(noticed);

    expect((await shop.look(cart.id, { 'if-none-match': plain })).status).toBe(200);
    expect((await shop.look(cart.id, { 'if-none-match': noticed })).status).toBe(200);
    expect((await shop.look(cart.id, { 'if-none-match': noticedAnew })).status).toBe(304);
    expect(await shop.changeQuantity(cart.id, mug.id, 3, { 'if-match': noticed })).toMatchObject({
      status: 200,
    });
    expectProblem(
      await shop.changeQuantity(cart.id, mug.id, 4, { 'if-match': noticedAnew }),
      '412 VERSION_MISMATCH',
    );
  });

  it('is the same after a change as in a later GET', async () => {
    await service().shop.stock('TEA-1', 350);
    const { headers, body } = await service().shop.changeQuantity(cart.id, mug.id, 3);
    const shown = await service().shop.look(cart.id, { 'x-min-version': String(body.version) });
    expect(shown.headers['etag']).toBe(headers['etag']);
    expect(shown.body).toEqual(body);
  });
});

describe('a repricing', () => {
  it("takes today's prices and names and removes the notices", async () => {
    await service().shop.stock('TEA-1', 350, { name: 'Fine tea' });
    const answer = await service().shop.reprice(cart.id);
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"4"' } });
    expect(answer.body).toMatchObject({ version: 4, total: euros(3400), notices: [] });
    expect(answer.body.items).toEqual([
      mug,
      { ...tea, name: 'Fine tea', unitPrice: euros(350), total: euros(1400) },
    ]);
  });

  it('changes nothing when no price has changed, with or without a body', async () => {
    for (const parts of [{}, { body: {} }]) {
      const answer = await service().http.send('POST', `/v1/carts/${cart.id}/repricings`, parts);
      expect(answer).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: cart });
    }
  });

  it('skips items that cannot be bought', async () => {
    await service().shop.stock('MUG-1', 900, { active: false });
    await service().shop.stock('TEA-1', 350);
    const { body } = await service().shop.reprice(cart.id);
    expect(body.items[0]).toEqual(mug);
    expect(body.items[1]).toMatchObject({ unitPrice: euros(350) });
    expect(body.notices).toEqual([{ code: 'UNAVAILABLE', itemId: mug.id }]);
  });

  it('is refused if the total would not be exact', async () => {
    await service().shop.stock('MUG-1', Number.MAX_SAFE_INTEGER);
    expectProblem(await service().shop.reprice(cart.id), '422 AMOUNT_OUT_OF_RANGE');
    expect((await service().shop.history(cart.id)).length).toBe(3);
  });
});
