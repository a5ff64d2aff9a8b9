import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../kernel/command-registry.js';
import { UnknownEventError, type EventRegistry } from '../kernel/event-registry.js';
import { LogMismatchError } from '../log/log-identity.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { HANDLERS_COMMAND } from './handlers-command.js';
import type { Subscription } from '../subscriptions/subscription.js';

interface FoundCheckpoint {
  readonly name: string;
  readonly position: number;
  readonly event_id: string | null;
  readonly log_id: string;
  readonly kind: string | null;
}

export interface StartGuardOptions {
  /** Whether what another version of the code has stored refuses the start. */
  readonly strict: boolean;
  /** Takes one line for each thing that an operator should look at. */
  readonly warn: (message: string) => void;
}

/**
 * Compares what is stored with what this process knows, before anything runs. What another version of the code has stored, newer or
 * older, is a warning: rolling deployments and rollbacks meet it. With `strict` it is an error.
 */
export class StartGuard {
  constructor(
    private readonly command: DataSource,
    private readonly query: DataSource,
    private readonly settled: SettledLog,
    private readonly events: EventRegistry,
    private readonly commands: CommandRegistry,
    private readonly options: StartGuardOptions,
  ) {}

  /** @throws Error that says what does not fit, and how to mend it */
  async check(subscriptions: readonly Subscription[]): Promise<void> {
    await this.checkEventTypes();
    await this.checkCommandTypes();
    const names = new Set(subscriptions.map(({ options }) => options.name));
    await this.checkCheckpoints(this.command, 'command', names);
    if (this.query !== this.command) await this.checkCheckpoints(this.query, 'query', names);
  }

  /** The log is not searched through: whatever process wrote to it has left the names of its types first. */
  private async checkEventTypes(): Promise<void> {
    const known = this.events.schemaVersions;
    const found: { type: string; schema_version: number }[] = await this.command.query(
      'SELECT type, schema_version FROM event_type',
    );
    const ofOthers = found.filter(({ type, schema_version }) => schema_version > (known.get(type) ?? 0));
    for (const { type, schema_version } of ofOthers) {
      const stored: unknown[] = await this.command.query(
        'SELECT FROM event_log WHERE type = $1 AND schema_version = $2 LIMIT 1',
        [type, schema_version],
      );
      if (stored.length === 0) continue;
      const error = new UnknownEventError(
        `The log holds "${type}" in schema version ${schema_version}, which no registered class describes: deploy the code that has it, or list it in EventSourcingModule.forFeature.`,
      );
      if (this.options.strict) throw error;
      this.settled.giveUp(error);
    }
    await this.command.query(
      `INSERT INTO event_type (type, schema_version) SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT DO NOTHING`,
      [[...known.keys()], [...known.values()]],
    );
  }

  private async checkCommandTypes(): Promise<void> {
    const stored: { type: string }[] = await this.command.query('SELECT DISTINCT type FROM durable_command');
    for (const { type } of stored) {
      if (this.commands.has(type)) continue;
      this.complain(
        `Stored commands are called "${type}", which no registered class describes. They wait for a process that has it. If none will, list it under "commands" in EventSourcingModule.forFeature, or DELETE FROM durable_command WHERE type = '${type}'.`,
      );
    }
  }

  private async checkCheckpoints(
    dataSource: DataSource,
    database: string,
    names: ReadonlySet<string>,
  ): Promise<void> {
    const found: FoundCheckpoint[] = await dataSource.query(
      'SELECT name, position::float8, event_id, log_id, kind FROM checkpoint ORDER BY name',
    );
    for (const { name } of found.filter((one) => !names.has(one.name))) {
      this.complain(
        `The ${database} database has a checkpoint of "${name}", and this process has no handler of that name. If it was renamed, run "${HANDLERS_COMMAND} rename ${name} <new name>"; if it is gone for good, run "${HANDLERS_COMMAND} drop ${name}".`,
      );
    }
    await this.checkPlaces(found.filter(({ name }) => names.has(name)));
  }

  /** @throws LogMismatchError for a checkpoint of another log, or of another time of this one */
  private async checkPlaces(found: readonly FoundCheckpoint[]): Promise<void> {
    const events = await this.settled.idsAt(found.map(({ position }) => position));
    for (const { name, position, event_id, log_id, kind } of found) {
      const mend = `"${HANDLERS_COMMAND} ${kind === 'projection' ? 'clear' : 'drop'} ${name}" has it begin anew.`;
      if (log_id !== this.settled.identity)
        throw new LogMismatchError(`The checkpoint of "${name}" belongs to another event log; ${mend}`);
      if (position > 0 && events.get(position) !== event_id) {
        throw new LogMismatchError(
          `The checkpoint of "${name}" does not match the log: another event, or none, stands at position ${position}. The log was restored from another time; ${mend}`,
        );
      }
    }
  }

  private complain(message: string): void {
    if (this.options.strict) throw new Error(message);
    this.options.warn(message);
  }
}
