import { SubscriptionStatuses } from '../runner/subscription-statuses.js';
import type { SubscriptionStatus } from '../runner/subscription-status.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import type { Parameters } from './parameters.js';

/** What a command has come to, for people and for programs. */
export interface Report {
  readonly text: string;
  readonly json: unknown;
}

/** Takes a line that says how far a command has come. Each line replaces the one before. */
export type OnProgress = (line: string) => void;

/** One command of the command line. */
export interface Command {
  /** How many words follow the command: at least and at most. */
  readonly names: readonly [number, number];
  /** What has to follow the command, for the message when something is missing; the name of a handler by default. */
  readonly needs?: string;
  /** @throws CliError for parameters that contradict each other */
  check?(names: readonly string[], parameters: Parameters): void;
  run(
    databases: DatabasePair,
    names: readonly string[],
    parameters: Parameters,
    onProgress: OnProgress,
  ): Promise<Report>;
}

/** The status of all handlers, by name. */
export async function statusesOf(databases: DatabasePair): Promise<SubscriptionStatus[]> {
  const statuses = await new SubscriptionStatuses(databases).read();
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}
