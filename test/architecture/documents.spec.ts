import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const DOCUMENTS = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['src', 'test', 'bench', 'tools', 'docs', 'examples', 'ops'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];

describe('the documents', () => {
  it('link to what is there', () => {
    const dead = DOCUMENTS.flatMap((document) =>
      found(/(?<=\]\()(?!https?:|#)[^)#\s]+/g, document)
        .filter((target) => !existsSync(join(dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(dead).toEqual([]);
    expect(DOCUMENTS.length).toBeGreaterThan(15);
  });

  it('name files and folders that are there', () => {
    const dead = DOCUMENTS.flatMap((document) =>
      found(/(?<=`)(?:src|test|bench|tools|docs|ops)\/[\w./-]+(?=`)/g, document)
        .filter((path) => !existsSync(path))
        .map((path) => `${document}: ${path}`),
    );
    expect(dead).toEqual([]);
  });

  it('name scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const named = DOCUMENTS.flatMap((document) => found(/(?<=npm run )[\w:]+/g, document));
    expect(new Set(named)).toContain('bench');
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('the operations guide', () => {
  it('has every variable of the configuration in its table, and no other', () => {
    const [, table = ''] =
      /\n## Configuration\n([^]*?)\n\n/.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    const shown = table.split('\n').flatMap((row) => row.split('|')[1]?.match(/(?<=`)[A-Z_]+(?=`)/g) ?? []);
    const [, variables = ''] =
      /\nconst VARIABLES = \{\n([^]*?)\n\};/.exec(readFileSync('src/config/config.ts', 'utf8')) ?? [];
    expect(shown.sort()).toEqual(
      (variables.match(/^ {2}[A-Z_]+(?=:)/gm) ?? []).map((name) => name.trim()).sort(),
    );
    expect(shown).toContain('PORT');
  });
});

const DECISIONS = readdirSync('docs/decisions')
  .filter((name) => /^\d{4}-/.test(name))
  .sort();

describe('the list of decisions', () => {
  it('names every decision', () => {
    const listed = found(/(?<=\]\()\d{4}[^)]+/g, 'docs/decisions/README.md');
    expect(listed).toEqual(DECISIONS);
  });

  it.each(DECISIONS)('%s has a date, a status and the usual sections', (name) => {
    const [title, , state, ...rest] = readFileSync(`docs/decisions/${name}`, 'utf8').split('\n');
    expect(title).toMatch(new RegExp(`^# ${name.slice(0, 4)} `));
    expect(state).toMatch(/^Date: \d{4}-\d\d-\d\d · Status: (accepted|superseded by \[)/);
    const sections = rest.filter((line) => line.startsWith('## ')).join(' ');
    expect(sections).toMatch(/^## Context ## Decision\b.*## Rejected( ## Consequences)?$/);
  });
});

/** @returns all that an expression finds in a file */
function found(expression: RegExp, file: string): string[] {
  return readFileSync(file, 'utf8').match(expression) ?? [];
}
