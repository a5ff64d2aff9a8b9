import { partitionsOf, WHOLE, type Partition } from './partition.js';
import type { Subscription } from './subscription.js';
import type { SubscriptionOptions, SubscriptionState } from './subscription-options.js';

/** A handler is in the first of these states that one of its partitions is in. */
const WORST_FIRST: readonly SubscriptionState[] = ['stopped', 'outdated', 'retrying', 'running'];

/** A handler in this process, with a subscription for each of its partitions. */
export class SubscribedHandler {
  private current: readonly Subscription[];

  /**
   * @param make makes the subscription of a partition
   * @internal
   */
  constructor(
    /** What the handler is called, and which events it gets. */
    readonly options: SubscriptionOptions,
    private readonly make: (partition: Partition) => Subscription,
  ) {
    this.current = [make(WHOLE)];
  }

  /**
   * The subscriptions, one for each partition, whether or not they run here.
   * @internal
   */
  get partitions(): readonly Subscription[] {
    return this.current;
  }

  /**
   * Follows the number of partitions that is stored. Present subscriptions are replaced if it has changed.
   * @internal
   */
  divide(count: number): void {
    if (count !== this.current.length) this.current = partitionsOf(count).map((one) => this.make(one));
  }

  /** How the handler stands in this process: the worst state of its partitions. */
  get state(): SubscriptionState {
    const states = new Set(this.current.map(({ state }) => state));
    return WORST_FIRST.find((state) => states.has(state)) ?? 'waiting';
  }

  /** How far it has delivered events: the position of the partition that is furthest behind. */
  get position(): number {
    return Math.min(...this.current.map(({ position }) => position));
  }

  /** For how long its database has refused every write, in milliseconds. */
  get failingForMs(): number {
    return Math.max(...this.current.map(({ failingForMs }) => failingForMs));
  }

  /**
   * Looks for new events and for parked events that are due at once, without waiting for the next round.
   * @internal
   */
  lookAgain(): void {
    for (const subscription of this.current) subscription.lookAgain();
  }
}
