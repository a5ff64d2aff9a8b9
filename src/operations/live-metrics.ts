import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge } from 'prom-client';
import type { DataSource } from 'typeorm';
import {
  COMMAND_DATA_SOURCE,
  EventLog,
  poolOf,
  QUERY_DATA_SOURCE,
  SettledLog,
  SubscriptionAdmin,
  SubscriptionRunner,
  type SubscriptionStatus,
  UnknownEventError,
} from '../event-sourcing/index.js';
import { Metrics } from './metrics.js';

const OF_SUBSCRIPTION = ['name', 'kind'] as const;

/** Metrics that are computed on request. */
@Injectable()
export class LiveMetrics {
  private readonly logger = new Logger(LiveMetrics.name);
  private readonly lag = this.ofSubscriptions(
    'lag',
    'Positions between a subscription and the head of the log.',
  );
  private readonly lagSeconds = this.ofSubscriptions(
    'lag_seconds',
    'Age of the oldest event that a subscription has not handled.',
  );
  private readonly parked = this.ofSubscriptions(
    'parked',
    'Events and commands at which a subscription has failed, and those that wait behind them.',
  );
  private readonly state = new Gauge({
    name: 'cartwright_subscription_state',
    help: '1 for the state of a subscription, as in GET /v1/projections.',
    labelNames: ['name', 'kind', 'state'],
    registers: [this.metrics.registry],
  });
  private readonly outdated = this.gauge(
    'cartwright_outdated',
    '1 if the log holds events that the code of this process does not know. It then runs no handlers.',
  );
  private readonly known = this.gauge(
    'cartwright_subscriptions_known',
    '0 while a database is out of reach; the metrics of subscriptions are then missing.',
  );
  private readonly held = this.gauge('cartwright_leases_held', 'Subscriptions that run in this process.');
  private readonly waiting = this.gauge(
    'cartwright_appends_waiting',
    'Appends of this process that wait to be sent.',
  );
  private readonly pool = new Gauge({
    name: 'cartwright_pool_connections',
    help: 'Connections to a database; the state waiting counts callers that wait for one.',
    labelNames: ['database', 'state'],
    registers: [this.metrics.registry],
  });

  constructor(
    private readonly metrics: Metrics,
    private readonly admin: SubscriptionAdmin,
    private readonly runner: SubscriptionRunner,
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    @InjectDataSource(COMMAND_DATA_SOURCE) private readonly command: DataSource,
    @InjectDataSource(QUERY_DATA_SOURCE) private readonly query: DataSource,
  ) {}

  /** All metrics, in the text format of Prometheus. */
  async text(): Promise<string> {
    this.held.set(this.runner.held);
    this.outdated.set(this.settled.failure instanceof UnknownEventError ? 1 : 0);
    this.waiting.set(this.log.waiting);
    this.countConnections('command', this.command);
    this.countConnections('query', this.query);
    const statuses = await this.statuses();
    for (const gauge of [this.lag, this.lagSeconds, this.parked, this.state]) gauge.reset();
    for (const { name, kind, lag, lagSeconds, parked, state } of statuses) {
      this.state.set({ name, kind, state }, 1);
      this.lag.set({ name, kind }, lag);
      this.lagSeconds.set({ name, kind }, lagSeconds);
      this.parked.set({ name, kind }, parked);
    }
    return this.metrics.registry.metrics();
  }

  get contentType(): string {
    return this.metrics.registry.contentType;
  }

  /** @returns an empty list while a database is out of reach, so that the other metrics are still served */
  private async statuses(): Promise<readonly SubscriptionStatus[]> {
    try {
      const statuses = await this.admin.statuses();
      this.known.set(1);
      return statuses;
    } catch (error) {
      this.known.set(0);
      this.logger.warn(`The states of the subscriptions could not be read: ${String(error)}`);
      return [];
    }
  }

  private countConnections(database: string, dataSource: DataSource): void {
    const { totalCount, idleCount, waitingCount } = poolOf(dataSource);
    this.pool.set({ database, state: 'total' }, totalCount);
    this.pool.set({ database, state: 'idle' }, idleCount);
    this.pool.set({ database, state: 'waiting' }, waitingCount);
  }

  private ofSubscriptions(name: string, help: string): Gauge<'name' | 'kind'> {
    return new Gauge({
      name: `cartwright_subscription_${name}`,
      help,
      labelNames: OF_SUBSCRIPTION,
      registers: [this.metrics.registry],
    });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.metrics.registry] });
  }
}
