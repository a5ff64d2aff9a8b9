import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All TypeScript files below a folder that belong to the service itself, not to its specs. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/[.-]spec\.ts$|(^|\/)(testing|dist)\//.test(name))
    .map((name) => join(folder, name))
    .sort();
}
