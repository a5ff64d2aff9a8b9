import { spawnSync } from 'node:child_process';

interface Report {
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

/** What eslint says of a saga with this first line, of the rule on imports alone. */
function complaintsAbout(line: string): string[] {
  const { stdout } = spawnSync(
    process.execPath,
    [
      'node_modules/eslint/bin/eslint.js',
      '--stdin',
      '--stdin-filename=src/cart/sagas/cart-abandonment.saga.ts',
      '--format=json',
    ],
    { input: `${line}\n`, encoding: 'utf8' },
  );
  const [report] = JSON.parse(stdout) as Report[];
  return (report?.messages ?? [])
    .filter(({ ruleId }) => ruleId !== '@typescript-eslint/no-unused-vars')
    .map(({ ruleId, message }) => `${ruleId ?? 'fatal'}: ${message}`);
}

describe('a saga', () => {
  it.each([
    `import { scan } from 'rxjs';`,
    `import { map, debounceTime } from 'rxjs';`,
    `import { scan } from 'rxjs/operators';`,
  ])('may not keep anything between events: %s', (line) => {
    const [complaint, ...more] = complaintsAbout(line);
    expect(complaint).toMatch(/^no-restricted-imports: .*src\/event-sourcing\/README\.md/);
    expect(more).toEqual([]);
  });

  it('may use what keeps nothing', () => {
    const line = `import { concatMap, EMPTY, filter, from, map, mergeMap, of, type Observable } from 'rxjs';`;
    expect(complaintsAbout(line)).toEqual([]);
  });
});
