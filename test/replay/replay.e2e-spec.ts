import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { FakeCartService } from './fake-cart-service.js';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHOP_EVENTS = 'test/samples/rees46-sample.csv';
const INVOICES = 'test/samples/online-retail-sample.csv';

/** Runs the tool as `npm run replay` does. */
async function replay(...args: string[]): Promise<Run> {
  const loader = ['--import', '@swc-node/register/esm-register'];
  const child = spawn(process.execPath, [...loader, 'tools/replay/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, out, err };
}

/** The figures of a report by their names. */
function figures(out: string): Record<string, string> {
  const lines = out.split('\n').map((line) => [line.slice(0, 20).trim(), line.slice(20)] as const);
  return Object.fromEntries(lines);
}

describe('the replay of a sample with its own service', () => {
  it('finds that every cart of the shop events agrees with the model', async () => {
    const run = await replay(SHOP_EVENTS, '--own');
    expect(run).toMatchObject({ code: 0, err: expect.stringContaining('a service of its own') as string });
    expect(figures(run.out)).toMatchObject({
      rows: '419',
      'passed over': '155 (view 112, purchase 43)',
      refused: '63 (ITEM_NOT_FOUND 63)',
      'carts compared': '23',
      'unexpected answers': '0',
      mismatches: '0',
    });
  }, 120_000);

  it('finds that every cart of the invoices agrees with the model', async () => {
    const run = await replay(INVOICES, '--own');
    expect(run).toMatchObject({ code: 0 });
    expect(figures(run.out)).toMatchObject({
      rows: '204',
      'passed over': '9 (cancellation 9)',
      'prices rounded': '1',
      refused: '8 (QUANTITY_OUT_OF_RANGE 8)',
      'carts compared': '41',
      'unexpected answers': '0',
      mismatches: '0',
    });
  }, 120_000);
});

describe('the replay with a running service', () => {
  it.each([
    ['an honest one ends with 0', undefined, 0, '0'],
    ['one that loses an acknowledged add ends with 1', 'loses an add that it acknowledged', 1, '1'],
  ] as const)('%s', async (_, quirk, code, mismatches) => {
    const service = new FakeCartService(quirk);
    try {
      const run = await replay(INVOICES, '--url', await service.start());
      expect(run).toMatchObject({
        code,
        err: expect.stringContaining('Replaying into the service at') as string,
      });
      expect(figures(run.out)['mismatches']).toBe(mismatches);
    } finally {
      await service.stop();
    }
  });

  it('exits with 1 if no service runs', async () => {
    const service = new FakeCartService();
    const origin = await service.start();
    await service.stop();
    const run = await replay(INVOICES, '--url', origin);
    expect(run).toEqual({ code: 1, out: '', err: `error: the service at ${origin} is not ready\n` });
  });
});

describe('wrong usage of the replay', () => {
  it.each([
    ['no file', [], "error: missing required argument 'file'"],
    ['a file that is not there', ['none.csv'], 'error: none.csv: ENOENT: no such file or directory'],
    ['a file that is no trace', ['package.json'], 'error: package.json: the header row lacks the columns of'],
    [
      'a format that it is not',
      [INVOICES, '--format', 'rees46'],
      'the header row lacks the columns of rees46',
    ],
    [
      'a format there is none of',
      [INVOICES, '--format', 'csv'],
      'Allowed choices are rees46, online-retail.',
    ],
    ['a concurrency of 0', [INVOICES, '--concurrency', '0'], 'It has to be a positive integer.'],
    ['a URL with a path', [INVOICES, '--url', 'http://127.0.0.1/v1'], 'without a path.'],
    ['both kinds of service', [INVOICES, '--own', '--url', 'http://127.0.0.1'], 'cannot be used with option'],
  ])('%s exits with 2 and one line', async (_, args, line) => {
    const run = await replay(...args);
    expect(run).toMatchObject({ code: 2, out: '', err: expect.stringContaining(line) as string });
    expect(run.err.trimEnd().split('\n')).toHaveLength(1);
  });
});
