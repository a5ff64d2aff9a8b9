import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SettledLog, SubscriptionRunner } from '../event-sourcing/index.js';

/**
 * Up while events reach the handlers and none of them has stopped for good. One that is tried again, or runs elsewhere, is
 * no reason to stop serving.
 */
@Injectable()
export class HandlersHealth {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly runner: SubscriptionRunner,
    private readonly settled: SettledLog,
  ) {}

  check(key: string): HealthIndicatorResult {
    const check = this.indicator.check(key);
    const states = Object.fromEntries(
      this.runner.subscriptions.map(({ options, state }) => [options.name, state]),
    );
    if (this.settled.failure) return check.down({ ...states, log: 'cannot be followed' });
    const isUp = Object.values(states).every((state) => state !== 'stopped');
    return isUp ? check.up(states) : check.down(states);
  }
}
