import { readFileSync } from 'node:fs';

/**
 * Reads the statement in a file of this folder. Each function of the database has a file for each of its versions,
 * named after the migration that creates it. The body of a function never changes there, not even in its indentation,
 * because every database has it as it was: a new version is a new file with a new migration.
 * @throws Error when the file is missing: the build has to copy `*.sql` next to the compiled migrations
 */
export function sqlFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
