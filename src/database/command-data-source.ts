import type { DataSourceOptions } from 'typeorm';
import { commandSchema } from '../event-sourcing/index.js';
import { connectionSettings } from './connection-settings.js';

/** The command database: the event log, what waits to be done, and the checkpoints of the handlers that are not projections. */
export function commandDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    applicationName: 'command',
    ...commandSchema,
    ...connectionSettings(url, 8),
  };
}
