import { readFile } from 'node:fs/promises';
import { DurableCqrsSettings } from '../../../src/event-sourcing/index.js';
import { REFUSED_CQRS_OPTIONS } from '../../../src/event-sourcing/nest/check-options.js';
import { ASYNC_KINDS, OPTION_KINDS } from '../../../src/event-sourcing/nest/option-kinds.js';

const DOCUMENT = 'src/event-sourcing/docs/options.md';

let document: string;
beforeAll(async () => {
  document = await readFile(DOCUMENT, 'utf8');
});

/** The rows of all tables under a heading: name, type, default and meaning. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = document.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, 5)
        .map((cell) => cell.trim()),
    );
}

const namesUnder = (heading: string): string[] =>
  rowsUnder(heading)
    .map(([name = '']) => name.replaceAll('`', ''))
    .sort();

describe(DOCUMENT, () => {
  it('has a row for each option of forRoot, with a meaning', () => {
    expect(namesUnder('forRoot')).toEqual(Object.keys(OPTION_KINDS).sort());
    for (const [name, type, , meaning] of rowsUnder('forRoot'))
      expect({ name, hasType: type !== '', hasMeaning: meaning?.endsWith('.') }).toEqual({
        name,
        hasType: true,
        hasMeaning: true,
      });
  });

  it('has a row for each option of forRootAsync', () => {
    expect(namesUnder('forRootAsync')).toEqual(Object.keys(ASYNC_KINDS).sort());
  });

  it('states the defaults of the code', () => {
    const defaults = new DurableCqrsSettings({});
    for (const [name = '', , stated] of rowsUnder('forRoot')) {
      const value: unknown = Reflect.get(defaults, name.replaceAll('`', ''));
      if (['number', 'boolean', 'string'].includes(typeof value))
        expect(`${name} ${(stated ?? '').replaceAll('`', '')}`).toBe(`${name} ${String(value)}`);
    }
  });

  it('says what to use in the place of each refused option of CqrsModule', () => {
    for (const name of Object.keys(REFUSED_CQRS_OPTIONS))
      expect(document).toMatch(new RegExp(`Instead of\\s+\`${name}\``));
  });
});
