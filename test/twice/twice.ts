import { DurableCommands, type ClaimedCommand } from '../../src/event-sourcing/commands/durable-commands.js';
import { CommandWorker } from '../../src/event-sourcing/commands/command-worker.js';
import type { RecordedEvent } from '../../src/event-sourcing/kernel/recorded-event.js';
import { SettledLog } from '../../src/event-sourcing/log/settled/settled-log.js';
import { CheckpointMovedError, Checkpoints } from '../../src/event-sourcing/subscriptions/checkpoints.js';
import { Intake } from '../../src/event-sourcing/subscriptions/intake.js';

/** Few enough that a history comes in many batches. */
const EVENTS_A_BATCH = 40;

interface TakesIn {
  try(batch: unknown, recorded: RecordedEvent, attempts: number): Promise<unknown>;
}

interface Works {
  work(command: ClaimedCommand): Promise<void>;
}

/**
 * Has every subscription of this process hear of every event twice, whatever handler is behind it: the first time it dies before its
 * checkpoint is written, the second time behind that, and then a zombie comes with the very same write. Commands of sagas run twice,
 * as if the process had died before it could note that they were run.
 */
export class Twice {
  /** How often each event was brought to each subscription: `<name> <event id>`. */
  readonly deliveries = new Map<string, number>();
  readonly commands = new Map<string, number>();
  /** Checkpoints that a zombie could write, which none may. */
  readonly zombies: string[] = [];
  private readonly lost = new Set<string>();
  private readonly names = new WeakMap<object, string>();
  private readonly undo: (() => void)[] = [];

  constructor() {
    this.readLittle();
    this.countDeliveries();
    this.loseCheckpoints();
    this.runCommandsTwice();
  }

  /** From here on everything is as it was. */
  end(): void {
    for (const restore of this.undo) restore();
  }

  private readLittle(): void {
    this.replace(SettledLog.prototype, 'read', (read) => {
      return async function (this: SettledLog, after, limit) {
        return read.call(this, after, Math.min(limit, EVENTS_A_BATCH));
      };
    });
  }

  private countDeliveries(): void {
    const { deliveries, names } = this;
    this.replace(Intake.prototype, 'take', (take) => {
      return async function (this: Intake, events, claim, to) {
        names.set(this, claim.name);
        return take.call(this, events, claim, to);
      };
    });
    this.replace(Intake.prototype as unknown as TakesIn, 'try', (tryOne) => {
      return async function (this: TakesIn, batch, recorded, attempts) {
        count(deliveries, `${names.get(this) ?? 'retry'} ${recorded.id}`);
        return tryOne.call(this, batch, recorded, attempts);
      };
    });
  }

  private loseCheckpoints(): void {
    const { lost, zombies } = this;
    this.replace(Checkpoints.prototype, 'move', (move) => {
      return async function (this: Checkpoints, claim, to, parking, work) {
        const way = `${claim.name} from ${claim.position} to ${to.position}`;
        if (!lost.has(way)) {
          lost.add(way);
          throw connectionLost();
        }
        const moved = await move.call(this, claim, to, parking, work);
        if (to.position === claim.position) return moved;
        try {
          await move.call(this, claim, to, parking, work);
          zombies.push(way);
        } catch (error) {
          if (!(error instanceof CheckpointMovedError)) throw error;
        }
        throw connectionLost();
      };
    });
  }

  private runCommandsTwice(): void {
    const { commands } = this;
    this.replace(CommandWorker.prototype as unknown as Works, 'work', (work) => {
      return async function (this: Works, command) {
        for (let run = 0; run < 2; run += 1) {
          count(commands, `${command.type} ${command.runId}`);
          await work.call(this, command);
        }
      };
    });
  }

  private replace<T extends object, K extends keyof T>(
    prototype: T,
    key: K,
    instead: (original: T[K]) => T[K],
  ): void {
    const original = prototype[key];
    prototype[key] = instead(original);
    this.undo.unshift(() => {
      prototype[key] = original;
    });
  }
}

/**
 * Keeps stored commands from being run. Whether a timer runs before or after its saga hears of the next event is a matter of luck,
 * and leads to other ids; with this it always comes after.
 * @returns the function that lets them run
 */
export function holdCommands(): () => void {
  const prototype: Pick<DurableCommands, 'claim'> = DurableCommands.prototype;
  const original = Object.getOwnPropertyDescriptor(prototype, 'claim') ?? {};
  prototype.claim = () => Promise.resolve([]);
  return () => {
    Object.defineProperty(prototype, 'claim', original);
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function connectionLost(): Error {
  return Object.assign(new Error('The connection was lost.'), { code: 'ECONNRESET' });
}
