import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/** The built service as `npm start` runs it. */
export const BUILT_SERVICE = resolve('dist/main.js');
const BUNDLE = resolve('node_modules/.cache/tests/service.mjs');

/** @returns the built service in one file, which starts faster; the first caller after a build makes it */
export function bundledService(): string {
  if (changedAt(BUNDLE) <= changedAt(BUILT_SERVICE)) {
    execFileSync(process.execPath, [resolve('test/support/bundle-service.mjs'), BUNDLE]);
  }
  return BUNDLE;
}

/** @returns the time of the last change of a file in milliseconds, 0 without the file */
function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
