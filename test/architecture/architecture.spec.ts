import { readdirSync, readFileSync } from 'node:fs';
import { sourcesIn } from './files.js';
import { importRules, violationsIn } from './imports.js';
import { impuritiesIn, pureFilesIn, takenPastTheKernel } from './purity.js';

const IMPORTS = 'test/architecture/fixtures/imports';
const PURITY = 'test/architecture/fixtures/purity';

describe('imports', () => {
  it('keep to the rules', async () => {
    const { violations, files } = await violationsIn('.');
    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(100);
  });

  it('have a fixture for every rule', async () => {
    expect(readdirSync(IMPORTS).sort()).toEqual((await importRules()).sort());
  });

  it.each(readdirSync(IMPORTS))('are caught where they break a rule: %s', async (rule) => {
    const { violations } = await violationsIn(`${IMPORTS}/${rule}`);
    expect(new Set(violations.map((violation) => violation.rule))).toEqual(new Set([rule]));
  });
});

describe('domains, views and the kernel', () => {
  it('depend on no clock, no chance and no surroundings', () => {
    expect(impuritiesIn('.')).toEqual([]);
    expect(pureFilesIn('.').length).toBeGreaterThan(15);
  });

  it('are caught where they do', () => {
    const [domain, view] = ['src/cart/domain/cart.ts', 'src/cart/views/carts.projection.ts'];
    expect(impuritiesIn(PURITY)).toEqual([
      `${domain}:1 depends on the surroundings`,
      `${domain}:1 depends on chance`,
      `${domain}:7 depends on the time`,
      `${domain}:8 depends on the time`,
      `${domain}:9 depends on the time`,
      `${domain}:10 depends on chance`,
      `${domain}:11 depends on chance`,
      `${domain}:12 depends on the surroundings`,
      `${view}:1 depends on the time`,
      `${view}:2 depends on the time`,
    ]);
  });
});

describe('the bank, which stands for a project of somebody else', () => {
  it('takes from this repository the door of event sourcing, and nothing else', () => {
    const taken = sourcesIn('test/bank').flatMap(
      (file) => readFileSync(file, 'utf8').match(/(?<=['"])[./]*\/src\/[^'"]*/g) ?? [],
    );
    expect(new Set(taken)).toEqual(new Set(['../../src/event-sourcing/index.js']));
  });
});

describe('a domain', () => {
  it('takes from event sourcing what is of the kernel, and nothing else', () => {
    expect(takenPastTheKernel('.')).toEqual([]);
  });

  it('is caught where it takes more', () => {
    expect(takenPastTheKernel(PURITY)).toEqual(['src/cart/domain/cart.ts EventLog']);
  });
});
