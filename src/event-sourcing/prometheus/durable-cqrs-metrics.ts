import { Counter, Histogram, type Registry } from 'prom-client';
import type { BatchReport, CommandFate, Measures, Monitor, SnapshotReport } from '../runtime/monitor.js';
import { LiveGauges } from './live-gauges.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const APPENDS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const MS_A_SECOND = 1_000;

/** Options of `DurableCqrsMetrics`. */
export interface DurableCqrsMetricsOptions {
  /** Begins the name of every metric; `durable_cqrs_` by default. */
  readonly prefix?: string;
}

/**
 * The metrics of `DurableCqrsModule` for Prometheus. Pass it to the module as its `monitor`; the registry then holds
 * all metrics.
 */
export class DurableCqrsMetrics implements Monitor {
  private readonly gauges: LiveGauges;
  private readonly commands: Histogram<'command' | 'outcome'>;
  private readonly batchSizes: Histogram;
  private readonly batchTimes: Histogram;
  private readonly conflicts: Counter;
  private readonly snapshots: Counter<'outcome'>;
  private readonly viewReads: Counter<'from'>;

  /** @param registry of prom-client that the application serves, such as its global `register` */
  constructor(
    readonly registry: Registry,
    { prefix = 'durable_cqrs_' }: DurableCqrsMetricsOptions = {},
  ) {
    this.gauges = new LiveGauges(registry, prefix);
    const registers = [registry];
    this.commands = new Histogram({
      name: `${prefix}command_duration_seconds`,
      help: 'Commands executed by this process, by name and outcome: done, refused by a rule, or failed.',
      labelNames: ['command', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.batchSizes = new Histogram({
      name: `${prefix}append_batch_size`,
      help: 'Appends that were sent to the log together.',
      buckets: APPENDS,
      registers,
    });
    this.batchTimes = new Histogram({
      name: `${prefix}append_batch_duration_seconds`,
      help: 'Time from sending a batch of appends to its answer.',
      buckets: SECONDS,
      registers,
    });
    this.conflicts = new Counter({
      name: `${prefix}append_conflicts_total`,
      help: 'Appends that met another version, or a stream that another process had locked.',
      registers,
    });
    this.snapshots = new Counter({
      name: `${prefix}snapshots_total`,
      help: 'Snapshots by outcome: written, failed, or ignored because a stored one could not be used.',
      labelNames: ['outcome'],
      registers,
    });
    this.viewReads = new Counter({
      name: `${prefix}view_reads_total`,
      help: 'Queries that read tables of a view, by place: primary, or host and port of a replica.',
      labelNames: ['from'],
      registers,
    });
  }

  onCommand(command: string, outcome: CommandFate, ms: number): void {
    this.commands.observe({ command, outcome }, ms / MS_A_SECOND);
  }

  onBatch({ appends, conflicts, ms }: BatchReport): void {
    this.batchSizes.observe(appends);
    this.batchTimes.observe(ms / MS_A_SECOND);
    this.conflicts.inc(conflicts);
  }

  onSnapshot({ fate }: SnapshotReport): void {
    this.snapshots.inc({ outcome: fate });
  }

  onViewRead(from: string): void {
    this.viewReads.inc({ from });
  }

  onStart(measures: Measures): void {
    this.gauges.use(measures);
  }
}
