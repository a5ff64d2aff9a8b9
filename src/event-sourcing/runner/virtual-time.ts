import { asyncScheduler, VirtualAction, VirtualTimeScheduler } from 'rxjs';

/** What a saga has yielded after a pause, such as that of `delay(1000)`. */
export class Delayed {
  constructor(
    readonly wish: unknown,
    /** Milliseconds after the event. */
    readonly ms: number,
  ) {}
}

/** The timers that a saga sets for one event have no end. */
export class EndlessTimers extends Error {}

/** A saga that sets more timers for one event repeats itself without end. */
const MOST_TIMERS = 1_000;

/**
 * Lets the timers of rxjs expire at once while a saga runs, and notes when they would have. A timer in memory would
 * end with the process; what it leads to becomes a stored timer instead. Timers that are set later, such as those
 * after a promise, run in real time.
 */
export class VirtualTime {
  private scheduler: VirtualTimeScheduler | undefined;
  private hasRun = false;

  /** @param start milliseconds since 1970 */
  constructor(private readonly start: number) {}

  /**
   * Marks a wish that is yielded after a pause.
   * @throws Error for a wish that comes after `run` although there were timers, because its time is unknown
   */
  mark(wish: unknown): unknown {
    if (this.hasRun && this.scheduler) {
      throw new Error(
        'A saga mixes delay with a promise. For a command at a later time, yield dueCommand(…).',
      );
    }
    const ms = this.scheduler?.frame ?? 0;
    return ms > 0 ? new Delayed(wish, ms) : wish;
  }

  /**
   * Runs `work`, which is synchronous, and everything that its timers do.
   * @throws whatever they throw; EndlessTimers when there is no end to the timers
   */
  run(work: () => void): void {
    const { now } = asyncScheduler;
    // The operators of rxjs take this scheduler unless they are given another one. No other code runs meanwhile.
    asyncScheduler.schedule = (action, delay, state) => {
      this.scheduler ??= new VirtualTimeScheduler(VirtualAction);
      return this.scheduler.schedule(action, delay, state);
    };
    asyncScheduler.now = () => this.start + (this.scheduler?.frame ?? 0);
    try {
      work();
      if (this.scheduler) expireAll(this.scheduler);
    } finally {
      this.hasRun = true;
      asyncScheduler.now = now;
      // The method of the prototype is back.
      Reflect.deleteProperty(asyncScheduler, 'schedule');
    }
  }
}

function expireAll(scheduler: VirtualTimeScheduler): void {
  for (let expired = 0; ; expired += 1) {
    const action = scheduler.actions.shift();
    if (!action) return;
    if (expired === MOST_TIMERS)
      throw new EndlessTimers(`it has set more than ${MOST_TIMERS} timers for one event.`);
    scheduler.frame = action.delay;
    const error = action.execute(action.state, action.delay) as Error | undefined;
    if (error) throw error;
  }
}
