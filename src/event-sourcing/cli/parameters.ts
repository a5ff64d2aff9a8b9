import { parseArgs } from 'node:util';
import { CliError, EXIT } from './cli-error.js';

/** The words and options that an operator has typed. */
export interface Parameters {
  /** The command and its names, in order. */
  readonly words: readonly string[];
  /** URL of the one database. */
  readonly url: string | undefined;
  readonly commandUrl: string | undefined;
  readonly queryUrl: string | undefined;
  /** The schema of the tables; `undefined` for the one that the role finds first. */
  readonly schema: string | undefined;
  /** Whether the output is JSON. */
  readonly json: boolean;
  /** Whether `--all` was given. */
  readonly all: boolean;
  readonly help: boolean;
}

/** @throws CliError for an option that does not exist, or lacks its value */
export function parseParameters(parameters: readonly string[]): Parameters {
  const { values, positionals } = parsed(parameters);
  return {
    words: positionals,
    url: values.url,
    commandUrl: values['command-url'],
    queryUrl: values['query-url'],
    schema: values.schema,
    json: values.json ?? false,
    all: values.all ?? false,
    help: values.help ?? false,
  };
}

function parsed(parameters: readonly string[]) {
  try {
    return parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        'command-url': { type: 'string' },
        'query-url': { type: 'string' },
        schema: { type: 'string' },
        json: { type: 'boolean' },
        all: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new CliError((error as Error).message, EXIT.misused);
  }
}
