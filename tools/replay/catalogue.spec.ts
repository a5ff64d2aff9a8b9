import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Catalogue } from './catalogue.js';

const LANTERN = { sku: 'lantern', name: 'Lantern', price: 100 };

describe('Catalogue', () => {
  it('changes no price where the product has the price already', async () => {
    const catalogue = new Catalogue([LANTERN]);
    const calls: string[] = [];
    const noting = (what: string) => () => {
      calls.push(what);
      return Promise.resolve();
    };
    await catalogue.at(100, 'lantern', noting('change'), noting('add'));
    await catalogue.at(250, 'lantern', noting('change to 250'), noting('add at 250'));
    await catalogue.at(250, 'lantern', noting('change'), noting('add at 250'));
    expect(calls).toEqual(['add', 'change to 250', 'add at 250', 'add at 250']);
  });

  it('knows only what was imported', async () => {
    const nothing = (): Promise<void> => Promise.resolve();
    await expect(new Catalogue([]).at(100, 'lantern', nothing, nothing)).rejects.toThrow(
      'no product lantern',
    );
  });

  it('keeps the price as it is from before an add until after it, whatever other carts want', async () => {
    const jobs = fc.array(
      fc.record({ price: fc.integer({ min: 1, max: 3 }), turns: fc.integer({ min: 0, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(jobs, async (wanted) => {
        const catalogue = new Catalogue([LANTERN]);
        let servicePrice = LANTERN.price;
        const taken: [number, number, number][] = [];
        const pass = async (turns: number): Promise<void> => {
          for (let left = turns; left > 0; left -= 1) {
            await turn();
          }
        };
        const buy = ({ price, turns }: { price: number; turns: number }): Promise<void> =>
          catalogue.at(
            price,
            'lantern',
            async () => {
              await pass(turns);
              servicePrice = price;
            },
            async () => {
              const before = servicePrice;
              await pass(turns);
              taken.push([price, before, servicePrice]);
            },
          );
        await Promise.all(wanted.map(buy));
        expect(taken).toHaveLength(wanted.length);
        expect(taken.filter(([price, before, after]) => before !== price || after !== price)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
