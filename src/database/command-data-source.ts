import type { DataSourceOptions } from 'typeorm';
import { commandSchema, connectionSettings } from '../event-sourcing/index.js';

/** The command database: the event log, stored commands, and the checkpoints of all handlers but projections. */
export function commandDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    applicationName: 'command',
    ...commandSchema,
    ...connectionSettings(url, { poolSize: 8 }),
  };
}
