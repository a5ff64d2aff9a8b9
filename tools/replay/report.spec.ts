import { ReplayError } from './errors.js';
import type { Summary } from './replay.js';
import { exitCode, report } from './report.js';
import { Tally } from './tally.js';

function summary(tally: Tally, stopped?: ReplayError): Summary {
  const trace = {
    format: 'rees46',
    currency: 'USD',
    rows: 4_995,
    passedOver: new Map([['view', 2_321]]),
    roundedPrices: 2,
    products: new Map(),
    carts: [],
  };
  return { trace, tally, seconds: { importing: 0.5, commands: 2, readingBack: 1 }, stopped };
}

describe('report', () => {
  it('prints the figures', () => {
    const tally = new Tally();
    tally.countSent('add', 12);
    tally.countSent('add', 12);
    tally.countSent('remove', 12);
    tally.accepted = 2;
    tally.countRefused('ITEM_NOT_FOUND');
    const text = report(summary(tally));
    expect(text).toMatch(/^rows +4,995$/m);
    expect(text).toMatch(/^passed over +2,321 \(view 2,321\)$/m);
    expect(text).toMatch(/^commands +3 \(add 2, remove 1\)$/m);
    expect(text).toMatch(/^refused +1 \(ITEM_NOT_FOUND 1\)$/m);
    expect(text).toMatch(/^commands\/s +2$/m);
    expect(text).toMatch(/^p50 +12\.0 ms$/m);
    expect(text).toMatch(/^mismatches +0$/m);
  });

  it('lists the first twenty of each kind of trouble', () => {
    const tally = new Tally();
    tally.unexpected.push(...Array.from({ length: 21 }, (_, index) => `answer ${index + 1}.`));
    tally.mismatches.push('cart 7: total.amount: expected 1, got 2');
    const text = report(summary(tally));
    expect(text).toContain('answer 20.\n  and 1 more\n');
    expect(text).not.toContain('answer 21.');
    expect(text).toContain('mismatches:\n  cart 7: total.amount: expected 1, got 2');
  });
});

describe('exitCode', () => {
  it('is 0 where nothing was wrong', () => {
    expect(exitCode(summary(new Tally()))).toBe(0);
  });

  it.each(['unexpected', 'mismatches'] as const)('is 1 where there is one line in %s', (list) => {
    const tally = new Tally();
    tally[list].push('line');
    expect(exitCode(summary(tally))).toBe(1);
  });

  it('is not 0 where the replay was stopped', () => {
    expect(exitCode(summary(new Tally(), new ReplayError('interrupted', 130)))).toBe(130);
  });
});
