import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../kernel/command-registry.js';
import { UnknownEventError, type EventRegistry } from '../kernel/event-registry.js';
import { LogMismatchError } from '../log/log-identity.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { findMismatches, type StoredPlace } from '../subscriptions/checkpoint-match.js';
import type { DataSources } from '../subscriptions/data-sources.js';
import type { SubscribedHandler } from '../subscriptions/subscribed-handler.js';

interface FoundCheckpoint extends StoredPlace {
  readonly kind: string | null;
}

/** How strict the start is. */
export interface StartGuardOptions {
  /** Whether the start is refused if another version of the code has stored something unknown. */
  readonly strictStart: boolean;
  /** The shell command of the command line for operators, which messages name. */
  readonly cli: string;
}

/**
 * Compares what is stored with what this process knows, before anything runs. Data of another version of the code,
 * newer or older, is a warning, because rolling deployments and rollbacks meet it; with `strictStart` it is an error.
 */
export class StartGuard {
  constructor(
    private readonly dataSources: DataSources,
    private readonly settled: SettledLog,
    private readonly events: EventRegistry,
    private readonly commands: CommandRegistry,
    private readonly options: StartGuardOptions,
    private readonly logger: Logger,
  ) {}

  /** @throws Error that says what does not match, and what to do */
  async check(subscriptions: readonly SubscribedHandler[]): Promise<void> {
    const { command, query } = this.dataSources;
    await this.checkEventTypes(command);
    await this.checkCommandTypes(command);
    const names = new Set(subscriptions.map(({ options }) => options.name));
    await this.checkCheckpoints(command, 'command', names);
    if (query !== command) await this.checkCheckpoints(query, 'query', names);
  }

  /** Every process stores the types of its events before it writes any, so the log need not be searched. */
  private async checkEventTypes(command: DataSource): Promise<void> {
    const known = this.events.schemaVersions;
    const found: { type: string; schema_version: number }[] = await command.query(
      'SELECT type, schema_version FROM event_type',
    );
    const unknown = found.filter(({ type, schema_version }) => schema_version > (known.get(type) ?? 0));
    for (const { type, schema_version } of unknown) {
      const stored: unknown[] = await command.query(
        'SELECT FROM event_log WHERE type = $1 AND schema_version = $2 LIMIT 1',
        [type, schema_version],
      );
      if (stored.length === 0) continue;
      const error = new UnknownEventError(
        `The log holds "${type}" in schema version ${schema_version}, and no registered class describes it. ` +
          'Deploy the code that has the class, or list the class in DurableCqrsModule.forFeature.',
      );
      if (this.options.strictStart) throw error;
      this.settled.giveUp(error);
    }
    await command.query(
      `INSERT INTO event_type (type, schema_version)
       SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT DO NOTHING`,
      [[...known.keys()], [...known.values()]],
    );
  }

  private async checkCommandTypes(command: DataSource): Promise<void> {
    const stored: { type: string }[] = await command.query('SELECT DISTINCT type FROM durable_command');
    for (const { type } of stored) {
      if (this.commands.has(type)) continue;
      this.complain(
        `There are stored commands "${type}", and no registered class describes them. ` +
          `They wait for a process that has the class. ` +
          'If there will be none, list the class under "commands" in DurableCqrsModule.forFeature, ' +
          `or run: DELETE FROM durable_command WHERE type = '${type}'`,
      );
    }
  }

  private async checkCheckpoints(
    dataSource: DataSource,
    database: string,
    names: ReadonlySet<string>,
  ): Promise<void> {
    const found: FoundCheckpoint[] = await dataSource.query(
      `SELECT coalesce(partition_of, name) AS name, position::float8, event_id AS "eventId", log_id AS "logId", kind
         FROM checkpoint ORDER BY name, partition`,
    );
    for (const name of new Set(found.map((one) => one.name).filter((one) => !names.has(one)))) {
      this.complain(
        `The ${database} database has a checkpoint of "${name}", and this process has no handler of that name. ` +
          `If it was renamed, run "${this.options.cli} rename ${name} <new name>". ` +
          `If it no longer exists, run "${this.options.cli} remove ${name}".`,
      );
    }
    await this.checkPlaces(found.filter(({ name }) => names.has(name)));
  }

  private async checkPlaces(found: readonly FoundCheckpoint[]): Promise<void> {
    const [mismatch] = await findMismatches(this.settled, found);
    if (!mismatch) return;
    const { name, reason } = mismatch;
    const kind = found.find((one) => one.name === name)?.kind;
    const command = kind === 'projection' ? 'clear' : 'remove';
    throw new LogMismatchError(
      `${reason} The log may have been restored from another time. ` +
        `Run "${this.options.cli} ${command} ${name}" to start the handler again from the beginning.`,
    );
  }

  private complain(message: string): void {
    if (this.options.strictStart) throw new Error(message);
    this.logger.warn(message);
  }
}
