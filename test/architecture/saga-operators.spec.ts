import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Takes the rules for sagas out of the configuration: type-aware linting of one line would take a minute. */
const LINT = `
  import { Linter } from 'eslint';
  import config from './eslint.config.mjs';
  const { rules } = config.find(({ files }) => files?.includes('**/*.saga.ts'));
  console.log(JSON.stringify(process.argv.slice(1).map((line) => new Linter().verify(line, { rules }))));
`;

async function complaintsAbout(...lines: string[]): Promise<{ ruleId: string; message: string }[][]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    LINT,
    ...lines,
  ]);
  return JSON.parse(stdout) as { ruleId: string; message: string }[][];
}

it('keeps operators with a memory out of sagas, and lets the others in', async () => {
  const [scan, debounce, inner, allowed] = await complaintsAbout(
    `import { scan } from 'rxjs';`,
    `import { map, debounceTime } from 'rxjs';`,
    `import { scan } from 'rxjs/operators';`,
    `import { concatMap, delay, EMPTY, filter, from, map, mergeMap, of, Observable } from 'rxjs';`,
  );
  const why = expect.stringContaining('src/event-sourcing/docs/guide.md') as unknown;
  for (const complaints of [scan, debounce, inner])
    expect(complaints).toEqual([expect.objectContaining({ ruleId: 'no-restricted-imports', message: why })]);
  expect(allowed).toEqual([]);
});
