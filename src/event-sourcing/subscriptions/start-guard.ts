import type { DataSource } from 'typeorm';
import type { CommandRegistry } from '../kernel/command-registry.js';
import { UnknownEventError, type EventRegistry } from '../kernel/event-registry.js';
import { LogMismatchError } from '../log/log-identity.js';
import type { SettledLog } from '../log/settled-log.js';
import type { Subscription } from './subscription.js';

interface FoundCheckpoint {
  readonly name: string;
  readonly position: number;
  readonly event_id: string | null;
  readonly log_id: string;
}

/** Compares what is stored with what this process knows, before anything runs. What does not fit would come to light later, and worse. */
export class StartGuard {
  constructor(
    private readonly command: DataSource,
    private readonly query: DataSource,
    private readonly settled: SettledLog,
    private readonly events: EventRegistry,
    private readonly commands: CommandRegistry,
  ) {}

  /** @throws Error that says what does not fit, and how to mend it */
  async check(subscriptions: readonly Subscription[]): Promise<void> {
    await this.checkEventTypes();
    await this.checkCommandTypes();
    const names = new Set(subscriptions.map(({ options }) => options.name));
    await this.checkCheckpoints(this.command, 'command', names);
    await this.checkCheckpoints(this.query, 'query', names);
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
      if (stored.length > 0) {
        throw new UnknownEventError(
          `The log holds "${type}" in schema version ${schema_version}, which no registered class describes: list it in EventSourcingModule.forFeature.`,
        );
      }
    }
    await this.command.query(
      `INSERT INTO event_type (type, schema_version) SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT DO NOTHING`,
      [[...known.keys()], [...known.values()]],
    );
  }

  private async checkCommandTypes(): Promise<void> {
    const stored: { type: string }[] = await this.command.query('SELECT DISTINCT type FROM durable_command');
    const unknown = stored.find(({ type }) => !this.commands.has(type));
    if (unknown) {
      throw new Error(
        `Stored commands are called "${unknown.type}", which no registered class describes: list it under "commands" in EventSourcingModule.forFeature, or DELETE FROM durable_command WHERE type = '${unknown.type}'.`,
      );
    }
  }

  private async checkCheckpoints(
    dataSource: DataSource,
    database: string,
    names: ReadonlySet<string>,
  ): Promise<void> {
    const found: FoundCheckpoint[] = await dataSource.query(
      'SELECT name, position::float8, event_id, log_id FROM checkpoint ORDER BY name',
    );
    for (const { name, log_id } of found) {
      if (!names.has(name)) {
        throw new Error(
          `The ${database} database has a checkpoint of "${name}", and no handler of that name is here. Renamed? SELECT rename_subscription('${name}', '<new name>'); gone for good? SELECT drop_subscription('${name}');`,
        );
      }
      if (log_id !== this.settled.identity)
        throw new LogMismatchError(`The checkpoint of "${name}" belongs to another event log.`);
    }
    const events = await this.settled.idsAt(found.map(({ position }) => position));
    const astray = found.find(({ position, event_id }) => position > 0 && events.get(position) !== event_id);
    if (astray) {
      throw new LogMismatchError(
        `The checkpoint of "${astray.name}" does not match the log: another event, or none, stands at position ${astray.position}. The log was restored from another time; SELECT drop_subscription('${astray.name}') in the ${database} database has it begin anew.`,
      );
    }
  }
}
