import { Command, InvalidArgumentError, Option } from 'commander';
import { FORMATS } from './formats.js';
import { DEFAULT_ORIGIN, type ServiceChoice } from './service.js';

/** What the command line asks for. */
export interface CommandLine extends ServiceChoice {
  readonly file: string;
  /** One of the names in `FORMATS`. */
  readonly format?: string;
  /** Carts at a time. */
  readonly concurrency: number;
  /** Rows. */
  readonly limit?: number;
}

const MOST_CONNECTIONS = 1_000;

/**
 * @param argv as `process.argv`
 * @throws CommanderError for bad usage, which commander has then put into words on standard error, and for `--help`,
 *   whose `exitCode` is 0
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const program = new Command('replay')
    .description('Replays a trace of real shop events and compares every cart with a model.')
    .argument('<file>', 'a CSV file, or a gzipped one whose name ends in .gz')
    .addOption(
      new Option('--format <name>', 'what the file is (default: by its header row)').choices(formatNames()),
    )
    .option(
      '--url <origin>',
      `the service (default: ${DEFAULT_ORIGIN} where one is ready, else as --own)`,
      origin,
    )
    .addOption(
      new Option('--own', 'start a service for this replay, and stop it at the end').conflicts('url'),
    )
    .option('--concurrency <carts>', `carts at a time, ${MOST_CONNECTIONS} at most`, connections, 64)
    .option('--limit <rows>', 'only the first rows', positiveInteger)
    .exitOverride()
    .parse(argv);
  return { file: program.processedArgs[0] as string, ...program.opts<Omit<CommandLine, 'file'>>() };
}

function formatNames(): string[] {
  return FORMATS.map(({ name }) => name);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It has to be a positive integer.');
  }
  return value;
}

function connections(text: string): number {
  const value = positiveInteger(text);
  if (value > MOST_CONNECTIONS) {
    throw new InvalidArgumentError(`It has to be ${MOST_CONNECTIONS} at most.`);
  }
  return value;
}

function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new InvalidArgumentError('It has to be http(s)://host:port, without a path.');
  }
  return url.origin;
}
