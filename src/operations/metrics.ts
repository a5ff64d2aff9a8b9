import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { BatchReport, CommandFate, Monitor } from '../event-sourcing/index.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const APPENDS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const TURNED_AWAY = ['RATE_LIMITED', 'OVERLOADED'];
const MS_A_SECOND = 1_000;

/** The registry of all metrics of one process, and the metrics that are counted as things happen. */
export class Metrics implements Monitor {
  readonly registry = new Registry();
  private readonly commands = new Histogram({
    name: 'cartwright_command_duration_seconds',
    help: 'Commands executed by this process, by name and outcome: done, refused by a rule, or failed.',
    labelNames: ['command', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly batchSizes = new Histogram({
    name: 'cartwright_append_batch_size',
    help: 'Appends that were sent to the log together.',
    buckets: APPENDS,
    registers: [this.registry],
  });
  private readonly batchTimes = new Histogram({
    name: 'cartwright_append_batch_duration_seconds',
    help: 'Time from sending a batch of appends to its answer.',
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly conflicts = new Counter({
    name: 'cartwright_append_conflicts_total',
    help: 'Appends that met another version, or a stream that another process had locked.',
    registers: [this.registry],
  });
  private readonly problems = new Counter({
    name: 'cartwright_problems_total',
    help: 'Requests that were answered with a problem, by its code.',
    labelNames: ['code'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // Present from the start, so that the first one shows as an increase.
    for (const code of TURNED_AWAY) this.problems.inc({ code }, 0);
  }

  onCommand(command: string, outcome: CommandFate, ms: number): void {
    this.commands.observe({ command, outcome }, ms / MS_A_SECOND);
  }

  onBatch({ appends, conflicts, ms }: BatchReport): void {
    this.batchSizes.observe(appends);
    this.batchTimes.observe(ms / MS_A_SECOND);
    this.conflicts.inc(conflicts);
  }

  /** A request was answered with a problem. @param code a problem code of the API */
  onProblem(code: string): void {
    this.problems.inc({ code });
  }
}
