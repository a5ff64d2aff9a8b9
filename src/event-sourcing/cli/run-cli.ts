import { sqlState } from '../postgres/database-errors.js';
import { StoredHandlerError } from '../runner/stored-handler-error.js';
import { CliError, EXIT } from './cli-error.js';
import { COMMANDS } from './commands.js';
import { databaseUrls, namesDatabases, schemaName, withDatabases, type DatabaseUrls } from './databases.js';
import { parseParameters, type Parameters } from './parameters.js';
import type { Command, OnProgress } from './report.js';
import { usage } from './usage.js';

const UNDEFINED_COLUMN = '42703';
const UNDEFINED_TABLE = '42P01';

/** Where the command line runs. */
export interface CliSurroundings {
  /** Environment variables. */
  readonly environment: NodeJS.ProcessEnv;
  /** Takes what a command reports. */
  readonly write: (text: string) => void;
  /** Takes errors. */
  readonly writeError: (text: string) => void;
  /** Takes lines that say how far a command has come; each replaces the one before. By default they are dropped. */
  readonly onProgress?: OnProgress;
  /** What the operator types before the command; `npx durable-cqrs` by default. */
  readonly program?: string;
  /** Makes the URLs of the databases if no option names them. By default they come from the environment. */
  readonly databases?: () => Promise<DatabaseUrls>;
}

/**
 * The command line for operators. It works on the tables, takes no lease, and needs no code of the handlers.
 * @param parameters the words after the name of the program
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong parameters, 3 a database cannot be reached
 */
export async function runCli(
  parameters: readonly string[],
  {
    environment,
    write,
    writeError,
    onProgress = () => undefined,
    program = 'npx durable-cqrs',
    databases,
  }: CliSurroundings,
): Promise<number> {
  try {
    const parsed = parseParameters(parameters);
    if (parsed.help || parsed.words[0] === 'help') {
      write(usage(program));
      return EXIT.done;
    }
    const { command, names } = commandOf(parsed);
    const schema = schemaName(parsed, environment);
    const urls = databases && !namesDatabases(parsed) ? await databases() : databaseUrls(parsed, environment);
    const { text, json } = await withDatabases(urls, schema, (pair) =>
      command.run(pair, names, parsed, onProgress),
    );
    write(`${parsed.json ? JSON.stringify(json, null, 2) : text}\n`);
    return EXIT.done;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    writeError(`${refusal.message}\n`);
    if (refusal.exitCode === EXIT.misused)
      writeError(`Run "${program} --help" for the commands and options.\n`);
    return refusal.exitCode;
  }
}

function commandOf(parameters: Parameters): { command: Command; names: readonly string[] } {
  const [name, ...names] = parameters.words;
  if (name === undefined) throw new CliError('No command is given.', EXIT.misused);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new CliError(`There is no command "${name}".`, EXIT.misused);
  const [fewest, most] = command.names;
  if (names.length < fewest) {
    const needed = command.needs ?? 'the name of a handler';
    throw new CliError(`"${name}" needs ${needed}.`, EXIT.misused);
  }
  if (names.length > most)
    throw new CliError(`"${name}" does not take "${names[most] ?? ''}".`, EXIT.misused);
  command.check?.(names, parameters);
  return { command, names };
}

function refusalOf(error: unknown): CliError | undefined {
  if (error instanceof CliError) return error;
  if (error instanceof StoredHandlerError) return new CliError(error.message);
  const state = sqlState(error);
  if (state !== UNDEFINED_COLUMN && state !== UNDEFINED_TABLE) return undefined;
  return new CliError(
    'The databases lack tables that this command needs. Start the application once, or run its migrations. ' +
      'If log and views are in two databases, name both; if the tables have a schema of their own, give --schema.',
  );
}
