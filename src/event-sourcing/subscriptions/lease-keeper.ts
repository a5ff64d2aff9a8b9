import type { Logger } from '@nestjs/common';
import { UnknownEventError } from '../kernel/event-registry.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { errorDetails } from '../runtime/error-details.js';
import { newId } from '../runtime/new-id.js';
import { Signal } from '../runtime/signal.js';
import type { CheckpointStore } from './checkpoints.js';
import { FencedOffError, type HeldCheckpoint } from './held-checkpoint.js';
import type { Announcement, Beat, LeaseStore } from './leases.js';
import { FairShare } from './fair-share.js';
import type { SubscribedHandler } from './subscribed-handler.js';
import type { Subscription } from './subscription.js';

const BEAT_MS = 1_000;
/** A subscription that no process has taken for so many beats is taken beyond the fair share, and kept. */
const BEATS_UNWANTED = 3;

interface Run {
  readonly handler: SubscribedHandler;
  readonly holder: string;
  readonly ended: Promise<void>;
  /** Taken because no other process wanted it. It is kept until processes come or go. */
  isLeftover: boolean;
}

/**
 * Shares the subscriptions of one database among the processes: each subscription runs in the process that has its
 * lease. A process takes free subscriptions up to its fair share and returns what it has beyond that. A process that
 * can no longer follow the log returns everything and goes on announcing its state. A lease only says who should
 * work; the epoch of the checkpoint enforces it.
 */
export class LeaseKeeper {
  private readonly runs = new Map<Subscription, Run>();
  /** Subscriptions that a beat found in another process, until their runs here have ended. */
  private readonly lost = new Set<Subscription>();
  private readonly unwanted = new Map<Subscription, number>();
  private readonly wake = new Signal();
  /** Ids of the other processes that take a share. */
  private others: readonly string[] = [];
  private validUntil = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  /**
   * @param otherStates states of what this process does in this database beside its subscriptions, by name; they are
   *   announced too
   */
  constructor(
    private readonly handlers: readonly SubscribedHandler[],
    private readonly settled: SettledLog,
    private readonly checkpoints: CheckpointStore,
    private readonly leases: LeaseStore,
    private readonly logger: Pick<Logger, 'warn' | 'error'>,
    private readonly otherStates: () => Readonly<Record<string, string>> = () => ({}),
  ) {}

  /**
   * @param isAlone whether no other process is on these databases, so that present leases belong to processes that
   *   have ended
   */
  start(isAlone: boolean): void {
    this.running = this.run(isAlone);
  }

  /** Ends the subscriptions that run here and returns their leases. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.set();
    await this.running;
    await Promise.all([...this.runs.keys()].map((subscription) => this.giveBack(subscription)));
    await this.leases.leave().catch((error: unknown) => {
      this.warn(error);
    });
  }

  /** Number of subscriptions that run here. */
  get count(): number {
    return this.runs.size;
  }

  private async run(isAlone: boolean): Promise<void> {
    const unsubscribe = this.settled.onAdvance(() => {
      this.wake.set();
    });
    while (!this.settled.isOpen && !this.settled.failure && !this.stopping) await this.wake.wait(BEAT_MS);
    unsubscribe();
    let mustClear = isAlone;
    while (!this.stopping) {
      const begunAt = performance.now();
      try {
        if (mustClear) await this.leases.releaseAll();
        mustClear = false;
        await this.beat(begunAt);
      } catch (error) {
        this.warn(error);
      }
      // The leases could not be renewed and may have expired.
      if (performance.now() > this.validUntil) this.letGoOfAll();
      const pause = begunAt + BEAT_MS - performance.now();
      if (pause > 0) await this.wake.wait(pause);
    }
  }

  private async beat(begunAt: number): Promise<void> {
    if (this.settled.failure) this.letGoOfAll();
    const holders = [...this.runs.values()].map(({ holder }) => holder);
    const beat = await this.leases.beat(holders, this.announcement());
    const { kept, others } = beat;
    this.validUntil = begunAt + this.leases.leaseMs;
    this.follow(beat);
    // Another process has what was not kept. The run here would find out by itself, but has no need to try.
    for (const [subscription, { holder }] of this.runs) {
      if (kept.has(holder) || !holders.includes(holder)) continue;
      this.lost.add(subscription);
      subscription.letGo();
    }
    if (this.settled.failure) return;
    // Not their number: one may have come as another went.
    if (others.join() !== this.others.join()) for (const run of this.runs.values()) run.isLeftover = false;
    this.others = others;
    const share = new FairShare(this.handlers, 1 + others.length);
    await this.takeFree(beat.held, share);
    if (!this.stopping && this.runs.size > share.most) await this.giveBackOne(share);
  }

  /** Follows what is stored about the handlers. Runs of partitions that no longer exist were not kept. */
  private follow({ partitions, withOldRows }: Beat): void {
    for (const handler of this.handlers) {
      handler.divide(partitions.get(handler.options.name) ?? 1);
      for (const one of handler.partitions) one.hasOldRows = withOldRows.has(one.name);
    }
  }

  private announcement(): Announcement {
    const handlers: Record<string, string> = { ...this.otherStates() };
    for (const { options, state } of this.handlers) handlers[options.name] = state;
    return { handlers, shares: this.handlers.length > 0 && !this.settled.failure };
  }

  private async takeFree(held: ReadonlySet<string>, share: FairShare): Promise<void> {
    for (const handler of share.order) {
      // Its runs end first, so that this process never calls a handler twice at once with events of one key.
      if (this.runsOf(handler).some((one) => !handler.partitions.includes(one))) continue;
      for (const subscription of handler.partitions) {
        if (this.stopping) return;
        if (this.runs.has(subscription) || subscription.state === 'stopped' || held.has(subscription.name))
          this.unwanted.delete(subscription);
        else await this.takeIfWanted(handler, subscription, share);
      }
    }
  }

  private async takeIfWanted(
    handler: SubscribedHandler,
    subscription: Subscription,
    share: FairShare,
  ): Promise<void> {
    const beats = (this.unwanted.get(subscription) ?? 0) + 1;
    this.unwanted.set(subscription, beats);
    const hasRoom = this.runs.size < share.most && this.runsOf(handler).length < share.mostOf(handler);
    if (!hasRoom && beats < BEATS_UNWANTED) return;
    const holder = newId();
    const held = await this.checkpoints.acquire(subscription.name, holder, this.leases);
    if (!held) return;
    this.unwanted.delete(subscription);
    const ended = this.work(subscription, held);
    this.runs.set(subscription, { handler, holder, ended, isLeftover: !hasRoom });
  }

  private runsOf(handler: SubscribedHandler): Subscription[] {
    return [...this.runs].flatMap(([subscription, run]) => (run.handler === handler ? [subscription] : []));
  }

  private async work(subscription: Subscription, held: HeldCheckpoint): Promise<void> {
    try {
      await subscription.hold(held);
      if (this.lost.has(subscription)) throw new FencedOffError(held.name);
    } catch (error) {
      this.report(held.name, error as Error);
    }
    this.lost.delete(subscription);
    await this.release(held);
    this.runs.delete(subscription);
  }

  /** Lets another process take the subscription at once. An expired lease need not be returned. */
  private async release({ holder }: HeldCheckpoint): Promise<void> {
    if (performance.now() > this.validUntil) return;
    await this.leases.release(holder).catch((error: unknown) => {
      this.warn(error);
    });
  }

  /**
   * Returns one subscription at a time, so that a new process takes over smoothly: of the handler of which this process
   * has most beyond its share.
   */
  private async giveBackOne(share: FairShare): Promise<void> {
    const surplus = ({ handler }: Run): number => this.runsOf(handler).length - share.mostOf(handler);
    const [first] = [...this.runs]
      .filter(([, { isLeftover }]) => !isLeftover)
      .sort(([, a], [, b]) => surplus(b) - surplus(a));
    if (first) await this.giveBack(first[0]);
  }

  private async giveBack(subscription: Subscription): Promise<void> {
    const run = this.runs.get(subscription);
    if (!run) return;
    subscription.letGo();
    await run.ended;
  }

  private letGoOfAll(): void {
    for (const subscription of this.runs.keys()) subscription.letGo();
  }

  private report(name: string, error: Error): void {
    // It was logged once, for all handlers, that this process is outdated.
    if (error instanceof UnknownEventError) return;
    if (error instanceof FencedOffError)
      this.logger.warn(
        `Handler "${name}" goes on in another process, unless it was dropped, renamed or split.`,
      );
    else this.logger.error(`Handler "${name}" has stopped: ${error.message}`, error.stack);
  }

  private warn(error: unknown): void {
    this.logger.warn(`The leases could not be kept: ${errorDetails(error)}`);
  }
}
