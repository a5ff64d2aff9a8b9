import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Takes the rule for clocks out of the configuration: type-aware linting of one line would take a minute. */
const LINT = `
  import { Linter } from 'eslint';
  import config from './eslint.config.mjs';
  const { files, ignores, rules } = config.find(({ rules }) => rules?.['no-restricted-syntax']);
  const lint = ([line, filename]) => new Linter().verify(line, [{ files: ['**'] }, { files, ignores, rules }], { filename });
  console.log(JSON.stringify(JSON.parse(process.argv[1]).map(lint)));
`;
const ANY_FILE = 'src/http/any.ts';

async function complaintsAbout(
  ...cases: [line: string, file: string][]
): Promise<{ ruleId: string; message: string }[][]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    LINT,
    JSON.stringify(cases),
  ]);
  return JSON.parse(stdout) as { ruleId: string; message: string }[][];
}

it('keeps durations off the wall clock, and lets files that are named tell the time', async () => {
  const [now, date, call, named, spec, allowed] = await complaintsAbout(
    ['const end = Date.now() + 5;', ANY_FILE],
    ['const begun = new Date();', ANY_FILE],
    ['const text = Date();', 'tools/any.ts'],
    ['const occurredAt = new Date();', 'src/feed/event-intake.ts'],
    ['const now = Date.now();', 'src/http/any.spec.ts'],
    ['const then = new Date(0); const begun = performance.now();', ANY_FILE],
  );
  const why = expect.stringContaining('performance.now()') as unknown;
  for (const complaints of [now, date, call])
    expect(complaints).toEqual([expect.objectContaining({ ruleId: 'no-restricted-syntax', message: why })]);
  for (const silent of [named, spec, allowed]) expect(silent).toEqual([]);
});
