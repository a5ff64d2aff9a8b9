import { Counter, Gauge, type Registry } from 'prom-client';

const OUTCOMES = ['stored', 'repeated', 'dead-lettered'] as const;

/** The metrics of reports that come through Kafka. */
export class ReportMetrics {
  /** Whether reports cannot be stored at the moment. */
  isWaiting = false;
  readonly consumed: Counter;
  private readonly records: Counter<'outcome'>;
  private readonly lag: Gauge<'partition'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.consumed = new Counter({
      name: 'cartwright_kafka_in_consumed_total',
      help: 'Records with reports that this process has read, including those that came again.',
      registers,
    });
    this.records = new Counter({
      name: 'cartwright_kafka_in_records_total',
      help: 'Records with reports that are done, by outcome: stored, repeated (stored before), dead-lettered.',
      labelNames: ['outcome'],
      registers,
    });
    this.lag = new Gauge({
      name: 'cartwright_kafka_in_lag',
      help: 'Records of a partition of this process that are not done yet.',
      labelNames: ['partition'],
      registers,
    });
    const isWaiting = (): number => (this.isWaiting ? 1 : 0);
    new Gauge({
      name: 'cartwright_kafka_in_waiting',
      help: '1 while reports cannot be stored and are tried again, else 0.',
      registers,
      collect() {
        this.set(isWaiting());
      },
    });
    for (const outcome of OUTCOMES) this.records.inc({ outcome }, 0);
  }

  /** Records are done. */
  settled(outcomes: readonly (typeof OUTCOMES)[number][]): void {
    for (const outcome of outcomes) this.records.inc({ outcome });
  }

  /** @param lags of the partitions of this process */
  setLags(lags: ReadonlyMap<number, number>): void {
    this.lag.reset();
    for (const [partition, lag] of lags) this.lag.set({ partition: String(partition) }, lag);
  }
}
