import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const TOOLS = {
  build: '@nestjs/cli/bin/nest.js',
  tests: 'jest/bin/jest.js',
  lint: 'eslint/bin/eslint.js',
  format: 'prettier/bin/prettier.cjs',
  types: 'typescript/bin/tsc',
} as const;
const PASSES = 'process.exitCode = 0;';
const FAILS = `console.log('what is wrong'); process.exitCode = 1;`;
const TESTS_PASS = `require('node:fs').writeFileSync(process.env.TEST_SUMMARY, '7 passed, 0 failed');`;
const SOME_FAIL = `require('node:fs').writeFileSync(process.env.TEST_SUMMARY, '5 passed, 2 failed, 1 skipped');`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-main-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs `npm test` with tools that only end as they are told to. */
async function run(scripts: Partial<Record<keyof typeof TOOLS, string>>, parameters: readonly string[] = []) {
  for (const [name, path] of Object.entries(TOOLS)) {
    const file = join(folder, 'node_modules', path);
    await mkdir(dirname(file), { recursive: true });
    const usual = name === 'tests' ? TESTS_PASS : PASSES;
    await writeFile(file, scripts[name as keyof typeof TOOLS] ?? usual);
  }
  return new Promise<{ code: number; lines: string[] }>((end) => {
    const main = resolve('test/main.mjs');
    const child = execFile(process.execPath, [main, ...parameters], { cwd: folder }, (_, stdout) => {
      end({ code: child.exitCode ?? NaN, lines: stdout.trim().split('\n') });
    });
  });
}

describe('npm test', () => {
  it('tells each phase and ends with what the tests came to', async () => {
    const { code, lines } = await run({});
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe('7 passed, 0 failed');
    for (const phase of ['build', 'tests', 'lint', 'types', 'format']) {
      expect(lines).toContain(`== ${phase}`);
      expect(lines).toContainEqual(expect.stringMatching(`^== ${phase}: passed after \\d+ s$`));
    }
  });

  it.each(['lint', 'types', 'format'] as const)('counts a failure of %s as one', async (phase) => {
    const { code, lines } = await run({ [phase]: FAILS });
    expect(code).toBe(1);
    expect(lines).toContain('what is wrong');
    expect(lines).toContainEqual(expect.stringMatching(`^== ${phase}: FAILED`));
    expect(lines.at(-1)).toBe(phase === 'types' ? '7 passed, 2 failed' : '7 passed, 1 failed');
  });

  it('fails where tests fail', async () => {
    const { code, lines } = await run({ tests: `${SOME_FAIL} ${FAILS}` });
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('5 passed, 2 failed, 1 skipped');
  });

  it('runs nothing where the build fails', async () => {
    const { code, lines } = await run({ build: FAILS });
    expect(code).toBe(1);
    expect(lines).not.toContain('== tests');
  });

  it('leaves lint and format out of the fast subset', async () => {
    const { code, lines } = await run({ lint: FAILS, format: FAILS }, ['--fast']);
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching('^== types: passed'));
  });
});
