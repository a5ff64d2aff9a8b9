import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const LINTERS = resolve('test/api/lint-documents.mjs');

/** The linters take two seconds of an idle processor. */
export const LINT_TIMEOUT_MS = 600_000;

/** @returns what the linters find in each of the documents: OpenAPI or AsyncAPI, as JSON */
export async function findingsIn(documents: readonly string[]): Promise<string[][]> {
  const child = spawn(process.execPath, [LINTERS], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(documents));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>]);
  expect(code).toBe(0);
  return JSON.parse(output) as string[][];
}
