/** A record as it was read from a topic. */
export interface ConsumedRecord {
  readonly partition: number;
  /** The place in the partition, in decimal digits. */
  readonly offset: string;
  /** When the record was made, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** By name; of several headers of one name, the last. */
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** Some records of one partition, in order. */
export interface ConsumedBatch {
  readonly records: readonly ConsumedRecord[];
  /** Whether to go on: the consumption was not ended, and the partition still belongs to this consumer. */
  isCurrent(): boolean;
  /**
   * Notes that everything up to a record is done. Without that, the records come again, maybe to another consumer.
   * @param offset of the record
   * @throws Error when that cannot be noted; end the work on the batch then
   */
  commit(offset: string): Promise<void>;
}

/** What to consume. */
export interface Consumption {
  readonly topic: string;
  /** Consumers of a group share the partitions. A new group begins at the first record. */
  readonly group: string;
  /**
   * Works on a batch. No two calls overlap. It returns early when the batch is no longer current; what it has not
   * committed comes again.
   * @throws Error of `commit`
   */
  handle(batch: ConsumedBatch): Promise<void>;
  /** Called with the partitions of this consumer, whenever they have changed. At the end there are none. */
  onAssigned(partitions: readonly number[]): void;
}
