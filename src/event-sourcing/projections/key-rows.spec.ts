import { RowLists, type KeyRows } from './key-rows.js';
import type { View } from './view.js';

const views = [
  { place: { name: 'cart', isMany: false } },
  { place: { name: 'items', isMany: true } },
] as unknown as View[];
const lists = new RowLists(views);

const item = (id: number, text = '') => ({ id, text });
const large = 'x'.repeat(5_000);

describe('the weight of rows', () => {
  it('is one for each, and one more for every 500 characters', () => {
    expect(lists.weigh(undefined)).toBe(0);
    expect(lists.weigh({ cart: {}, items: [] })).toBe(1);
    expect(lists.weigh({ cart: {}, items: [item(1), item(2)] })).toBe(3);
    expect(lists.weigh({ cart: { text: large }, items: [item(1, large)] })).toBe(22);
  });

  it('is the same whether rows are weighed at once or one change after the other', () => {
    const [one, two, three] = [item(1, large), item(2), item(3, large)];
    const steps: KeyRows[] = [
      { cart: {}, items: [one] },
      { cart: { text: large }, items: [one, two] },
      { cart: {}, items: [one, two, three] },
      { cart: {}, items: [one, item(2, large), three] },
      { cart: {}, items: [three] },
      { cart: undefined, items: [] },
      undefined,
    ];
    let before: { rows: KeyRows; weight: number } | undefined;
    for (const rows of steps) {
      const weight = lists.weigh(rows, before);
      expect(weight).toBe(lists.weigh(rows));
      before = { rows, weight };
    }
  });

  it('does not look at rows again that are still there', () => {
    let looks = 0;
    const watched = new Proxy(item(1), {
      ownKeys: (row) => {
        looks += 1;
        return Reflect.ownKeys(row);
      },
    });
    const rows = { cart: {}, items: [watched] };
    const weight = lists.weigh(rows);
    expect(lists.weigh({ cart: {}, items: [watched, item(2)] }, { rows, weight })).toBe(3);
    expect(looks).toBe(1);
  });
});
