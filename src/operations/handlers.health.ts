import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SettledLog, SubscriptionRunner, type Subscription } from '../event-sourcing/index.js';

/** A database that refuses for so long what a handler writes does not take it any more. */
const LONGEST_REFUSAL_MS = 10_000;

/**
 * Up while events reach the handlers that this process runs, and its code knows all that the log holds. A handler that
 * runs elsewhere, or that is tried again for a moment, is no reason to stop serving.
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
    const subscriptions = this.runner.runsHandlers ? this.runner.subscriptions : [];
    const states = Object.fromEntries(subscriptions.map(({ options, state }) => [options.name, state]));
    if (this.settled.failure) return check.down({ ...states, log: 'cannot be followed' });
    return subscriptions.some(isBroken) ? check.down(states) : check.up(states);
  }
}

function isBroken({ state, failingForMs }: Subscription): boolean {
  return state === 'stopped' || failingForMs > LONGEST_REFUSAL_MS;
}
