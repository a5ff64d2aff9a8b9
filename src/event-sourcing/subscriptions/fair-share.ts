import type { SubscribedHandler } from './subscribed-handler.js';

/**
 * How many subscriptions each process runs, so that all processes have about as many, and about as many partitions of
 * each handler.
 */
export class FairShare {
  /** The most subscriptions that a process takes. */
  readonly most: number;

  /** @param members number of processes that take a share */
  constructor(
    private readonly handlers: readonly SubscribedHandler[],
    private readonly members: number,
  ) {
    this.most = Math.ceil(handlers.reduce((sum, { partitions }) => sum + partitions.length, 0) / members);
  }

  /** The most partitions of a handler that a process takes. */
  mostOf({ partitions }: SubscribedHandler): number {
    return Math.ceil(partitions.length / this.members);
  }

  /**
   * The handlers in the order in which a process takes them. Those with many partitions come first: single
   * subscriptions then fill what is left of the share.
   */
  get order(): readonly SubscribedHandler[] {
    return [...this.handlers].sort((a, b) => b.partitions.length - a.partitions.length);
  }
}
