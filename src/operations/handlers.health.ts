import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SettledLog, SubscriptionRunner, type Subscription } from '../event-sourcing/index.js';

/** Milliseconds of refused writes after which the process is not ready. */
const LONGEST_REFUSAL_MS = 10_000;

/**
 * Up while events reach the handlers of this process, and its code knows every event of the log. Handlers of other
 * processes and short retries do not matter.
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
