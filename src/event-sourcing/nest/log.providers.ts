import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { EventRegistry, UnknownEventError } from '../kernel/event-registry.js';
import { NEWS_CHANNEL } from '../log/announcer.js';
import { EventLog } from '../log/event-log.js';
import { LogHead } from '../log/settled/log-head.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { connectionOf } from '../postgres/pool-of.js';
import { channelWithin } from '../postgres/schema-name.js';
import { REMOTE_APPLY, remoteApply } from '../postgres/session-settings.js';
import type { BatchReport } from '../runtime/monitor.js';
import { EventStore } from '../store/event-store.js';
import { Snapshots } from '../store/snapshots.js';
import { StateCache } from '../store/state-cache.js';
import { DataSources } from '../subscriptions/data-sources.js';
import { DurableCqrsSettings } from './durable-cqrs.options.js';
import { provide } from './provide.js';

/** As the data source connects. If its sessions wait for a standby to apply each commit, so do those of the log. */
async function connectionForLog(command: DataSource): Promise<pg.ClientConfig> {
  const connection = connectionOf(command);
  const [row]: { synchronous_commit?: string }[] = await command.query('SHOW synchronous_commit');
  if (row?.synchronous_commit !== REMOTE_APPLY) return connection;
  return { ...connection, options: remoteApply(connection.options) };
}

const EVENT_LOG = provide(
  EventLog,
  [DataSources, DurableCqrsSettings, EventRegistry],
  async (sources, settings, registry) => {
    const { maxBatchesInFlight, maxBatchSize, patienceMs, tracing, cli } = settings;
    const connection = await connectionForLog(sources.command);
    const channel = channelWithin(sources.command, NEWS_CHANNEL);
    const logger = new Logger(EventLog.name);
    const onBatch = (batch: BatchReport): void => {
      settings.monitor.onBatch(batch);
    };
    const limits = { maxBatchesInFlight, maxBatchSize, patienceMs };
    const options = { connection, channel, ...limits, cli, onBatch, tracing };
    return new EventLog(options, registry, (error) => {
      logger.warn(`A connection to the event log was lost: ${error.message}`);
    });
  },
);

const SETTLED_LOG = provide(SettledLog, [EventLog], (log) => {
  const logger = new Logger(SettledLog.name);
  return new SettledLog(log, {
    onConnectionError: (error) => {
      logger.warn(`The connection that follows the event log was lost: ${error.message}`);
    },
    onFatal: (error) => {
      const what =
        error instanceof UnknownEventError
          ? 'This process is outdated and leaves its handlers to other processes'
          : 'The event log can no longer be followed';
      logger.error(`${what}: ${error.message}`, error.stack);
    },
  });
});

const SNAPSHOTS = provide(Snapshots, [EventLog, DurableCqrsSettings], (log, { monitor }) => {
  const logger = new Logger(Snapshots.name);
  return new Snapshots(log, (report) => {
    const { stream, decider, fate, error } = report;
    const what = fate === 'failed' ? 'was not written' : 'was not used';
    if (fate !== 'written')
      logger.warn(`The snapshot of "${stream}" for "${decider}" ${what}: ${String(error)}`);
    monitor.onSnapshot?.(report);
  });
});

const STATE_CACHE = provide(
  StateCache,
  [EventLog, SettledLog, DurableCqrsSettings, Snapshots],
  (log, settled, settings, snapshots) => {
    const cache = new StateCache(log, settings.cachedEvents, snapshots);
    settled.onSettled((recorded) => {
      cache.observe(recorded);
    });
    return cache;
  },
);

/** The event log, and the states that are folded from it. */
export const LOG_PROVIDERS = [
  EVENT_LOG,
  SETTLED_LOG,
  provide(LogHead, [EventLog, DurableCqrsSettings], (log, { isAlone }) => new LogHead(log, isAlone)),
  SNAPSHOTS,
  STATE_CACHE,
  provide(EventStore, [EventLog, StateCache], (...parts) => new EventStore(...parts)),
];
