/** How an operator calls the command that lists, renames, clears and drops handlers: `handlers-cli.ts`. */
export const HANDLERS_COMMAND = 'npm run handlers --';
