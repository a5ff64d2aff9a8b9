import { MessageIdentity, withMessageContext } from '../runtime/message-context.js';
import { Signal } from '../runtime/signal.js';
import { errorText } from '../runtime/error-details.js';
import { pauseAfter, type RetryPolicy } from '../runtime/retry-policy.js';
import type { ClaimedCommand, CommandStore, FailedCommand } from './durable-commands.js';

/** The size of a batch of appends. */
const AT_ONCE = 256;
const POLL_MS = 250;
const RENEW_MS = 1_000;
const PAUSE_AFTER_FAILURE_MS = 500;
const FORGET_EVERY_MS = 10 * 60 * 1_000;
const FORGET_AT_ONCE = 10_000;
/** A repeat that comes later counts as a new command. */
const OUTCOMES_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

/** A failed attempt to run a stored command. */
export interface CommandFailure {
  readonly command: ClaimedCommand;
  /** The command itself; `undefined` if it could not be rebuilt. */
  readonly instance: object | undefined;
  /** How often it has failed. */
  readonly attempts: number;
  /** Whether it is not tried again. */
  readonly isParked: boolean;
  readonly error: unknown;
}

export interface WorkerObserver {
  /** A command has failed. */
  onFailure(failure: CommandFailure): void;
  /** The command database has refused a statement or cannot be reached; this is retried. */
  onTrouble(error: unknown): void;
  /** Whether this process can follow the log. If not, it leaves commands to others, because it would fail at them. */
  followsLog(): boolean;
}

/**
 * Runs stored commands when they are due. Any number of processes may do so: each command is leased to one of them.
 * If a lease is lost and a command runs twice, its appends take effect once, because they are remembered under its
 * id.
 */
export class CommandWorker {
  private readonly wake = new Signal();
  private readonly running = new Map<Promise<void>, ClaimedCommand>();
  private finished: ClaimedCommand[] = [];
  private failed: FailedCommand[] = [];
  private stopping = false;
  private loop: Promise<void> | undefined;
  private lastRenewalAt = 0;
  private lastForgettingAt = -Infinity;

  /** @param holder the id of this process in its leases */
  constructor(
    private readonly holder: string,
    private readonly commands: CommandStore,
    private readonly execute: (command: object) => Promise<unknown>,
    private readonly policy: RetryPolicy,
    private readonly leaseMs: number,
    private readonly observer: WorkerObserver,
  ) {}

  /** @param isAlone whether no other process uses this database, so that all leases belong to one that has ended */
  start(isAlone: boolean): void {
    this.loop = this.run(isAlone);
  }

  /** Claims no more commands and waits for the running ones. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.set();
    await this.loop;
  }

  private async run(isAlone: boolean): Promise<void> {
    const unsubscribe = this.commands.onStored(() => {
      this.wake.set();
    });
    let mustClear = isAlone;
    while (!this.stopping || this.running.size > 0 || this.hasOutcomes) {
      try {
        if (mustClear) await this.commands.releaseAll();
        mustClear = false;
        await this.writeOutcomes();
        const isBusy = !this.stopping && this.observer.followsLog() && (await this.claim());
        await this.keepUp();
        if (!isBusy && !this.hasOutcomes) await this.wake.wait(POLL_MS);
      } catch (error) {
        this.observer.onTrouble(error);
        if (this.stopping && this.running.size === 0) break;
        await this.wake.wait(PAUSE_AFTER_FAILURE_MS);
      }
    }
    unsubscribe();
    await this.commands.release(this.holder).catch((error: unknown) => {
      this.observer.onTrouble(error);
    });
  }

  private get hasOutcomes(): boolean {
    return this.finished.length > 0 || this.failed.length > 0;
  }

  /** @returns whether there may be more commands to claim now */
  private async claim(): Promise<boolean> {
    const room = AT_ONCE - this.running.size;
    if (room <= AT_ONCE / 4) return false;
    const claimed = await this.commands.claim(this.holder, this.leaseMs, room);
    for (const command of claimed) {
      const run = this.work(command).finally(() => {
        this.running.delete(run);
        this.wake.set();
      });
      this.running.set(run, command);
    }
    return claimed.length === room;
  }

  private async work(command: ClaimedCommand): Promise<void> {
    const { runId, type, metadata, dueAt } = command;
    let instance: object | undefined;
    try {
      const identity = new MessageIdentity(runId, type);
      const rebuilt = this.commands.registry.rebuild(type, command.data);
      instance = rebuilt;
      // The database says that it is due. With a clock that is behind, a timer would find that it is too early, again
      // and again.
      await withMessageContext({ ...metadata, notBefore: dueAt, identity }, () => this.execute(rebuilt));
      this.finished.push(command);
    } catch (error) {
      const attempts = command.attempts + 1;
      const retryInMs = pauseAfter(attempts, this.policy);
      this.failed.push({ id: command.id, runId, attempts, error: errorText(error), retryInMs });
      this.observer.onFailure({ command, instance, attempts, isParked: retryInMs === null, error });
    }
  }

  /** Commands that ended while the last outcomes were written share a statement. */
  private async writeOutcomes(): Promise<void> {
    const [finished, failed] = [this.finished, this.failed];
    [this.finished, this.failed] = [[], []];
    try {
      if (finished.length > 0) await this.commands.finish(finished);
      finished.length = 0;
      if (failed.length > 0) await this.commands.fail(this.holder, failed);
    } catch (error) {
      this.finished.unshift(...finished);
      this.failed.unshift(...failed);
      throw error;
    }
  }

  private async keepUp(): Promise<void> {
    const now = performance.now();
    if (now - this.lastRenewalAt > RENEW_MS) {
      this.lastRenewalAt = now;
      const ids = [...this.running.values()].map(({ id }) => id);
      if (ids.length > 0) await this.commands.renew(this.holder, ids, this.leaseMs);
      await this.commands.releaseOfDead();
    }
    if (now - this.lastForgettingAt > FORGET_EVERY_MS) {
      const forgotten = await this.commands.forgetOutcomes(OUTCOMES_KEPT_MS, FORGET_AT_ONCE);
      // If there are more, the next round continues, because more than one portion may have been remembered meanwhile.
      if (forgotten < FORGET_AT_ONCE) this.lastForgettingAt = now;
    }
  }
}
