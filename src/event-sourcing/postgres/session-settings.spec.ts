import { sessionOptions, withSettings } from './session-settings.js';

/** The value that PostgreSQL uses: the last one. */
const commitOf = (options: string | undefined): string | undefined =>
  [...(options ?? '').matchAll(/synchronous_commit=(\w+)/g)].at(-1)?.[1];

describe('the options of a session', () => {
  it.each([
    [undefined, 'on'],
    ['-c search_path=shop', 'on'],
    ['-c synchronous_commit=off', 'on'],
    ['-c synchronous_commit=local', 'on'],
    ['-c synchronous_commit=remote_write', 'on'],
    ['-c synchronous_commit=remote_apply', 'remote_apply'],
    ['--synchronous-commit=remote_apply', 'remote_apply'],
    ["-c synchronous_commit='REMOTE_APPLY'", 'remote_apply'],
    ['-c synchronous_commit=remote_apply -c synchronous_commit=off', 'on'],
    ['-c synchronous_commit=off -c synchronous_commit=remote_apply', 'remote_apply'],
  ])('of %s end with synchronous_commit=%s', (own, commit) => {
    const options = sessionOptions(own);
    expect(commitOf(options)).toBe(commit);
    expect(options.startsWith(own ?? '')).toBe(true);
    const url = new URL('postgres://shop@127.0.0.1/shop');
    if (own !== undefined) url.searchParams.set('options', own);
    expect(commitOf(withSettings({ connectionString: url.href }).options)).toBe(commit);
    expect(commitOf(withSettings({ host: '127.0.0.1', options: own }).options)).toBe(commit);
  });
});
