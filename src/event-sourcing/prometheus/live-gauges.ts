import { Logger } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import type { Measures } from '../runtime/monitor.js';

const OF_SUBSCRIPTION = ['name', 'kind'] as const;

/** Metrics that are computed on request, together for all of them. */
export class LiveGauges {
  private readonly logger = new Logger(LiveGauges.name);
  private readonly lag = this.gauge(
    'subscription_lag',
    'Positions between a subscription and the head of the log.',
    OF_SUBSCRIPTION,
  );
  private readonly lagSeconds = this.gauge(
    'subscription_lag_seconds',
    'Age of the oldest event that a subscription has not handled.',
    OF_SUBSCRIPTION,
  );
  private readonly parked = this.gauge(
    'subscription_parked',
    'Events and commands at which a subscription has failed, and those that wait behind them.',
    OF_SUBSCRIPTION,
  );
  private readonly state = this.gauge('subscription_state', '1 for the state of a subscription.', [
    ...OF_SUBSCRIPTION,
    'state',
  ]);
  private readonly outdated = this.gauge(
    'outdated',
    '1 if the log holds events that the code of this process does not know. It then runs no handlers.',
  );
  private readonly lost = this.gauge(
    'log_lost_events',
    '1 if the log lacks events that were acknowledged. The process then refuses all work.',
  );
  private readonly known = this.gauge(
    'subscriptions_known',
    '0 while a database is out of reach; the metrics of subscriptions are then missing.',
  );
  private readonly held = this.gauge('leases_held', 'Subscriptions that run in this process.');
  private readonly waiting = this.gauge('appends_waiting', 'Appends of this process that wait to be sent.');
  private readonly connections = this.gauge(
    'pool_connections',
    'Connections to a database; the state waiting counts callers that wait for one.',
    ['database', 'state'],
  );
  private readonly replicaUp = this.gauge('replica_up', '1 if queries use a read replica, else 0.', [
    'replica',
  ]);
  private readonly replicaLag = this.gauge(
    'replica_lag',
    'Positions between the settled log and the checkpoint of a projection on a read replica.',
    ['replica', 'name'],
  );
  private measures: Measures | undefined;
  private measuring: Promise<void> | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly prefix: string,
  ) {}

  /** Takes the measures of a module that starts. Until then the gauges are empty. */
  use(measures: Measures): void {
    this.measures = measures;
  }

  private async measure(): Promise<void> {
    if (!this.measures) return;
    const { held, waiting, isOutdated, hasLostEvents, connections, replicas } = this.measures;
    this.held.set(held);
    this.waiting.set(waiting);
    this.outdated.set(isOutdated ? 1 : 0);
    this.lost.set(hasLostEvents ? 1 : 0);
    for (const { database, state, count } of connections) this.connections.set({ database, state }, count);
    this.showReplicas(replicas);
    const statuses = await this.statuses(this.measures);
    for (const gauge of [this.lag, this.lagSeconds, this.parked, this.state]) gauge.reset();
    for (const { name, kind, lag, lagSeconds, parked, state } of statuses) {
      this.state.set({ name, kind, state }, 1);
      this.lag.set({ name, kind }, lag);
      this.lagSeconds.set({ name, kind }, lagSeconds);
      this.parked.set({ name, kind }, parked);
    }
  }

  private showReplicas(replicas: Measures['replicas']): void {
    this.replicaLag.reset();
    for (const { place: replica, isUp, lags } of replicas) {
      this.replicaUp.set({ replica }, isUp ? 1 : 0);
      for (const [name, lag] of lags) this.replicaLag.set({ replica, name }, lag);
    }
  }

  /** @returns an empty list while a database is out of reach, so that the other metrics are still served */
  private async statuses(measures: Measures): ReturnType<Measures['statuses']> {
    try {
      const statuses = await measures.statuses();
      this.known.set(1);
      return statuses;
    } catch (error) {
      this.known.set(0);
      this.logger.warn(`The states of the subscriptions could not be read: ${String(error)}`);
      return [];
    }
  }

  /** The registry collects all gauges at the same moment, so they share one look. */
  private collect(): Promise<void> {
    this.measuring ??= this.measure().finally(() => {
      this.measuring = undefined;
    });
    return this.measuring;
  }

  private gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Gauge<Label> {
    const collect = (): Promise<void> => this.collect();
    return new Gauge({
      name: `${this.prefix}${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect,
    });
  }
}
