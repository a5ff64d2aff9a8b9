import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { projectionOptions } from '../projections/projection.js';
import type { ProjectionOf } from '../queries/live-views.js';
import type { SubscriptionRunner } from '../runner/subscription-runner.js';
import type { MemoryCommands } from './in-memory/memory-commands.js';
import type { InMemory } from './in-memory/memory.js';
import type { TestClock } from './in-memory/test-clock.js';

const LOOK_EVERY_MS = 1;
const LONGEST_MS = 30_000;
/** More steps than any test needs: commands that store each other again would never end. */
const MOST_STEPS = 1_000;

/** What a test asks of an application in memory, beside its own classes. */
export class DurableCqrsTesting {
  /** @internal */
  constructor(
    private readonly memory: InMemory,
    private readonly log: EventLog,
    private readonly settledLog: SettledLog,
    private readonly runner: SubscriptionRunner,
    private readonly commands: MemoryCommands,
  ) {
    memory.clock.onMove(() => {
      for (const subscription of runner.subscriptions) subscription.lookAgain();
    });
  }

  /** The clock of decisions, timers and retries. It stands still; `advance` and `runTimers` move it. */
  get clock(): TestClock {
    return this.memory.clock;
  }

  /** All events that were appended, by position. */
  async events(): Promise<RecordedEvent[]> {
    return this.log.readRange(0, Infinity, Infinity);
  }

  /**
   * The rows of a projection by key, as its handler has written them.
   * @throws Error for a class without `@Projection`
   */
  rows<Rows>(projection: ProjectionOf<Rows>): ReadonlyMap<string, Rows> {
    const options = projectionOptions(projection);
    if (!options) throw new Error(`${projection.name} has no @Projection, so it has no rows.`);
    return new Map(
      [...this.memory.rowsOf(options.name)].map(([key, rows]) => [key, rows as unknown as Rows]),
    );
  }

  /**
   * Waits until nothing is left to do at the present time of the clock: every handler, saga and projection has every
   * event, and every stored command that is due has run. Retries and timers of a later time go on waiting.
   * @param withinMs how long to wait at most, in milliseconds of real time
   * @throws Error that says what is left after that time
   */
  async settled(withinMs = LONGEST_MS): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    for (let left = this.left(); left.length > 0; left = this.left()) {
      if (performance.now() > giveUpAt)
        throw new Error(`Not everything was done within ${withinMs} ms: ${left.join(', ')}.`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /**
   * Moves the clock forward. Whatever becomes due on the way runs at its time, and everything has settled when this
   * resolves.
   * @param ms how far, in milliseconds
   */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now().getTime() + ms;
    await this.runUntil(until);
    this.clock.moveTo(until);
    await this.settled();
  }

  /**
   * Moves the clock to each timer and retry that waits, until none is left.
   * @throws Error after 1,000 steps, as commands that store each other again would never end
   */
  async runTimers(): Promise<void> {
    await this.runUntil(Infinity);
  }

  private async runUntil(until: number): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step += 1) {
      await this.settled();
      const next = this.nextDue();
      if (next === undefined || next > until) return;
      this.clock.moveTo(next);
    }
    throw new Error(`Timers went on and on: after ${MOST_STEPS} steps there were more.`);
  }

  /** The time of the first timer or retry that waits, in milliseconds since 1970. */
  private nextDue(): number | undefined {
    const commands = this.memory.commands.all.filter(({ ready }) => ready).map(({ dueAt }) => dueAt);
    const events = this.memory.checkpoints.parked.all.map(({ retryAt }) => retryAt);
    const times = [...commands, ...events].filter((time) => time !== null);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** What is left to do at the present time, in words. */
  private left(): string[] {
    const { length: head } = this.memory.log.events;
    const { log, settledLog, runner, memory } = this;
    const behind = runner.runsHandlers ? runner.subscriptions.filter(({ position }) => position < head) : [];
    const parked = memory.checkpoints.parked.all.filter((one) => memory.checkpoints.parked.isDue(one));
    const due = runner.commandsState
      ? memory.commands.all.filter((one) => this.commands.registry.has(one.type) && this.commands.isDue(one))
      : [];
    return [
      ...(log.waiting > 0 ? ['appends wait to be sent'] : []),
      ...(settledLog.mark < head ? ['the log was not read to its end'] : []),
      ...behind.map(
        ({ options, state, position }) => `"${options.name}" (${state}) is at ${position} of ${head}`,
      ),
      ...parked.map(({ handler, position }) => `"${handler}" has to retry the event at ${position}`),
      ...due.map(({ type }) => `the command "${type}" has to run`),
    ];
  }
}
