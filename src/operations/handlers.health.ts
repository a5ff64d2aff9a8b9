import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SubscriptionRunner } from '../event-sourcing/index.js';

/** Up while no handler of events has stopped for good. One that is tried again, or runs elsewhere, is no reason to stop serving. */
@Injectable()
export class HandlersHealth {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly runner: SubscriptionRunner,
  ) {}

  check(key: string): HealthIndicatorResult {
    const check = this.indicator.check(key);
    const states = Object.fromEntries(
      this.runner.subscriptions.map(({ options, state }) => [options.name, state]),
    );
    const isUp = Object.values(states).every((state) => state !== 'stopped' && state !== 'starting');
    return isUp ? check.up(states) : check.down(states);
  }
}
