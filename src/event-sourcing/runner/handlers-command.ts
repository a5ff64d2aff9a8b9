/**
 * The shell command that lists, renames, clears and drops handlers; see `handlers-cli.ts`. Messages tell operators to
 * run it.
 */
export const HANDLERS_COMMAND = 'npm run handlers --';
