import { DataSource } from 'typeorm';
import { HANDLERS_COMMAND } from '../runner/handlers-command.js';
import { StoredHandlerError, StoredHandlers, type StoredHandler } from '../runner/stored-handlers.js';

/** The databases that the command works on. */
export interface HandlersCliDatabases {
  /** URL of the command database. */
  readonly command: string;
  /** URL of the query database. */
  readonly query: string;
}

const USAGE = `Usage: ${HANDLERS_COMMAND} <command>

  list                  lists every handler that the databases know: its position and its state
  rename <name> <new>   renames a handler, which goes on from where it is
  clear <name>          removes the rows of a projection, which begins again at the first event
  drop <name>           removes a handler that no longer exists, with the rows of its view and everything parked

The service may run meanwhile. A handler that is dropped but still in the code begins again at the next start.
`;
const UNDEFINED_COLUMN = '42703';
const UNDEFINED_TABLE = '42P01';

/**
 * The command line for handlers: lists, renames, clears and drops what the databases store about them. It takes no
 * lease.
 * @param parameters the words after the name of the program
 * @param databases makes the URLs of the databases; called only if they are needed
 * @param write takes the output
 * @returns the exit code: 0 for success, 1 for a refusal, 2 for wrong parameters
 */
export async function runHandlersCli(
  parameters: readonly string[],
  databases: () => Promise<HandlersCliDatabases>,
  write: (text: string) => void,
): Promise<number> {
  const work = workOf(parameters);
  if (!work) {
    write(USAGE);
    return parameters[0] === 'help' ? 0 : 2;
  }
  const urls = await databases();
  const [command, query] = [dataSource(urls.command), dataSource(urls.query)];
  try {
    await Promise.all([command.initialize(), query.initialize()]);
    write(`${await work(new StoredHandlers(command, query))}\n`);
    return 0;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    write(`${refusal}\n`);
    return 1;
  } finally {
    await Promise.all([command, query].filter((one) => one.isInitialized).map((one) => one.destroy()));
  }
}

type Work = (handlers: StoredHandlers) => Promise<string>;

function workOf([command, name, to, ...more]: readonly string[]): Work | undefined {
  if (more.length > 0) return undefined;
  switch (command) {
    case 'list':
      return name === undefined ? async (handlers) => table(await handlers.list()) : undefined;
    case 'drop':
      if (name === undefined || to !== undefined) return undefined;
      return async (handlers) => `Dropped "${name}": ${await handlers.drop(name)}.`;
    case 'clear':
      if (name === undefined || to !== undefined) return undefined;
      return async (handlers) =>
        `Cleared "${name}": ${await handlers.clear(name)} rows. It begins again at the first event.`;
    case 'rename':
      if (name === undefined || to === undefined || name === to) return undefined;
      return async (handlers) => {
        await handlers.rename(name, to);
        return `Renamed "${name}" to "${to}".`;
      };
    default:
      return undefined;
  }
}

function table(handlers: readonly StoredHandler[]): string {
  if (handlers.length === 0) return 'The databases know no handlers.';
  const rows = handlers.map((one) => [
    ...[one.name, one.kind, one.state, String(one.position), String(one.lag), String(one.parked)],
    one.views.join(', '),
  ]);
  const all = [['name', 'kind', 'state', 'position', 'lag', 'parked', 'tables'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Removing many rows takes long, so statements have no time limit. */
function dataSource(url: string): DataSource {
  return new DataSource({ type: 'postgres', url, applicationName: 'handlers', poolSize: 2 });
}

function refusalOf(error: unknown): string | undefined {
  if (error instanceof StoredHandlerError) return error.message;
  const { code } = error as { code?: unknown };
  if (code !== UNDEFINED_COLUMN && code !== UNDEFINED_TABLE) return undefined;
  return 'The databases lack migrations that this command needs. Start the service once, or run the migrations.';
}
