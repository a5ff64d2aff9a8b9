import type { DataSourceOptions } from 'typeorm';
import {
  CheckpointRow,
  CommandOutcomeRow,
  CreateCheckpoints1767139200001,
  CreateEventLog1767139200000,
  EventRow,
  LogIdentityRow,
} from '../event-sourcing/index.js';

/** The command database: the event log, and the checkpoints of the handlers that are not projections. */
export function commandDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'command',
    entities: [EventRow, CommandOutcomeRow, LogIdentityRow, CheckpointRow],
    migrations: [CreateEventLog1767139200000, CreateCheckpoints1767139200001],
    extra: { options: '-c synchronous_commit=on', max: 5, keepAlive: true },
  };
}
