import { newId } from '../runtime/new-id.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { Signal } from '../runtime/signal.js';
import { FencedOffError, type Checkpoints, type Claim } from './checkpoints.js';
import type { Announcement, Leases } from './leases.js';
import type { Subscription } from './subscription.js';

const BEAT_MS = 1_000;
/** A name that nobody takes for so many beats is taken beyond the fair share, and kept. */
const BEATS_UNWANTED = 3;

export interface LeaseObserver {
  /** The subscription goes on in another process, or has stopped by an error. */
  onEnd(subscription: Subscription, error: Error): void;
  /** The database cannot be reached; what is held is let go of when its time is over. */
  onBeatFailed(error: unknown): void;
}

interface Held {
  readonly holder: string;
  readonly run: Promise<void>;
  /** Taken because nobody else wanted it, and kept until processes come or go. */
  readonly isLeftover: boolean;
}

/**
 * Shares the subscriptions of one database among the processes: each runs in the one that holds its lease. A process holds no more
 * than its fair share, takes what is free, and gives back what is too much. A process that can no longer follow the log gives all back
 * and takes nothing, but goes on telling the others how it stands. A lease only says who should work; the epoch in the checkpoint
 * keeps everybody else from it.
 */
export class LeaseKeeper {
  private readonly held = new Map<Subscription, Held>();
  /** Those that a beat found in another process, until their runs here have ended. */
  private readonly lost = new Set<Subscription>();
  private readonly unwanted = new Map<Subscription, number>();
  private readonly wake = new Signal();
  private members = 0;
  private validUntil = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly subscriptions: readonly Subscription[],
    private readonly settled: SettledLog,
    private readonly checkpoints: Checkpoints,
    private readonly leases: Leases,
    private readonly observer: LeaseObserver,
    /** What this process does in this database beside its subscriptions, as it is announced. */
    private readonly others: () => Readonly<Record<string, string>> = () => ({}),
  ) {}

  /** @param isAlone no other process is on these databases, so whatever lease there is belongs to one that has ended */
  start(isAlone: boolean): void {
    this.running = this.run(isAlone);
  }

  /** Ends what runs here and gives it back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.set();
    await this.running;
    await Promise.all([...this.held.keys()].map((subscription) => this.giveBack(subscription)));
    await this.leases.leave().catch((error: unknown) => {
      this.observer.onBeatFailed(error);
    });
  }

  /** How many subscriptions run here. */
  get count(): number {
    return this.held.size;
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
        this.observer.onBeatFailed(error);
      }
      // The leases may be over, and could not be renewed.
      if (performance.now() > this.validUntil) this.letGoOfAll();
      const pause = begunAt + BEAT_MS - performance.now();
      if (pause > 0) await this.wake.wait(pause);
    }
  }

  private async beat(begunAt: number): Promise<void> {
    if (this.settled.failure) this.letGoOfAll();
    const holders = [...this.held.values()].map(({ holder }) => holder);
    const { kept, held, withOldRows, members } = await this.leases.beat(holders, this.announcement());
    this.validUntil = begunAt + this.leases.leaseMs;
    for (const subscription of this.subscriptions)
      subscription.hasOldRows = withOldRows.has(subscription.options.name);
    // What is not among the kept is another's by now. Its run finds out by itself, but need not try before.
    for (const [subscription, { holder }] of this.held) {
      if (kept.has(holder) || !holders.includes(holder)) continue;
      this.lost.add(subscription);
      subscription.letGo();
    }
    if (this.settled.failure) return;
    const haveChanged = members !== this.members;
    this.members = members;
    const share = Math.ceil(this.subscriptions.length / members);
    for (const subscription of this.subscriptions) {
      if (this.stopping) return;
      const { name } = subscription.options;
      if (this.held.has(subscription) || subscription.state === 'stopped' || held.has(name)) {
        this.unwanted.delete(subscription);
        continue;
      }
      const beats = (this.unwanted.get(subscription) ?? 0) + 1;
      this.unwanted.set(subscription, beats);
      const hasRoom = this.held.size < share;
      if (hasRoom || beats >= BEATS_UNWANTED) await this.take(subscription, !hasRoom);
    }
    if (this.held.size > share) await this.giveBackOne(haveChanged);
  }

  private announcement(): Announcement {
    const handlers: Record<string, string> = { ...this.others() };
    for (const { options, state } of this.subscriptions) handlers[options.name] = state;
    return {
      handlers,
      shares: this.subscriptions.length > 0 && !this.settled.failure,
    };
  }

  private async take(subscription: Subscription, isLeftover: boolean): Promise<void> {
    const holder = newId();
    const claim = await this.checkpoints.claim(subscription.options.name, holder, this.leases);
    if (!claim) return;
    this.unwanted.delete(subscription);
    this.held.set(subscription, { holder, run: this.work(subscription, claim), isLeftover });
  }

  private async work(subscription: Subscription, claim: Claim): Promise<void> {
    try {
      await subscription.hold(claim);
      if (this.lost.has(subscription))
        throw new FencedOffError(`"${claim.name}" was taken over by another process.`);
    } catch (error) {
      this.observer.onEnd(subscription, error as Error);
    }
    this.lost.delete(subscription);
    await this.release(claim);
    this.held.delete(subscription);
  }

  /** Lets another process take it at once. Where the lease is over there is nothing to give back. */
  private async release({ holder }: Claim): Promise<void> {
    if (performance.now() > this.validUntil) return;
    await this.leases.release(holder).catch((error: unknown) => {
      this.observer.onBeatFailed(error);
    });
  }

  /** One at a time, so that a process that comes takes over smoothly. */
  private async giveBackOne(evenLeftovers: boolean): Promise<void> {
    const surplus = [...this.held].find(([, { isLeftover }]) => evenLeftovers || !isLeftover);
    if (surplus) await this.giveBack(surplus[0]);
  }

  private async giveBack(subscription: Subscription): Promise<void> {
    const held = this.held.get(subscription);
    if (!held) return;
    subscription.letGo();
    await held.run;
  }

  private letGoOfAll(): void {
    for (const subscription of this.held.keys()) subscription.letGo();
  }
}
