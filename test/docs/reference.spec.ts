import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/** Runs TypeDoc without output. Resolves to its exit code and its warnings. */
async function typedoc(...parameters: string[]): Promise<{ code: number; warnings: string }> {
  const program = ['node_modules/typedoc/bin/typedoc', '--emit', 'none', ...parameters];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, program, (_, output, errors) => {
      resolve({ code: child.exitCode ?? -1, warnings: stripVTControlCharacters(`${output}${errors}`) });
    });
  });
}

async function json<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

describe('the API reference', () => {
  it('has every entry of the package', async () => {
    const { exports } = await json<{ exports: Record<string, string | { import: string }> }>(
      'src/event-sourcing/package.json',
    );
    const entries = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : entry.import,
    );
    const { entryPoints } = await json<{ entryPoints: string[] }>('typedoc.json');
    expect(entryPoints.map((source) => source.replace(/^src.event-sourcing./, '')).sort()).toEqual(
      entries.map((output) => output.replace('./dist/esm/', '').replace(/js$/, 'ts')).sort(),
    );
  });

  it('documents every exported symbol and public member, and all its links lead somewhere', async () => {
    expect(await typedoc()).toEqual({ code: 0, warnings: '' });
  });

  it('is refused for symbols without documentation, types that are not exported, and broken links', async () => {
    const { code, warnings } = await typedoc('--options', 'test/docs/fixtures/typedoc.json');
    expect(code).not.toBe(0);
    expect(warnings).toMatch(/undocumented \(CallSignature\).* does not have any documentation/);
    expect(warnings).toMatch(/Hidden, defined in .* is referenced by Refers.hidden but not included/);
    expect(warnings).toMatch(/Failed to resolve link to "Nowhere"/);
  });
});
