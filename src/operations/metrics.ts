import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { DurableCqrsMetrics } from '../event-sourcing/prometheus/index.js';

/** Codes that alerts look for. */
const WATCHED = ['RATE_LIMITED', 'OVERLOADED', 'INTERNAL_ERROR'];

/** All metrics of one process. */
export class Metrics extends DurableCqrsMetrics {
  private readonly problems: Counter<'code'>;

  constructor() {
    const registry = new Registry();
    super(registry, { prefix: 'cartwright_' });
    this.problems = new Counter({
      name: 'cartwright_problems_total',
      help: 'Requests that were answered with a problem, by its code.',
      labelNames: ['code'],
      registers: [registry],
    });
    collectDefaultMetrics({ register: registry });
    // Present from the start, so that the first one shows as an increase.
    for (const code of WATCHED) this.problems.inc({ code }, 0);
  }

  /** A request was answered with a problem. @param code a problem code of the API */
  onProblem(code: string): void {
    this.problems.inc({ code });
  }
}
