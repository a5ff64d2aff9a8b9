import type { DataSourceOptions } from 'typeorm';
import { commandSchema } from '../event-sourcing/index.js';
import { connectionSettings } from './connection-settings.js';

/** The command database: the event log, stored commands, and the checkpoints of all handlers but projections. */
export function commandDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    applicationName: 'command',
    ...commandSchema,
    ...connectionSettings(url, 8),
  };
}
