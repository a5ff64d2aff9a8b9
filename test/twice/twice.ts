import { DurableCommands, type ClaimedCommand } from '../../src/event-sourcing/commands/durable-commands.js';
import { CommandWorker } from '../../src/event-sourcing/commands/command-worker.js';
import { SettledLog } from '../../src/event-sourcing/log/settled/settled-log.js';
import { Attempts } from '../../src/event-sourcing/subscriptions/attempts.js';
import { Checkpoints } from '../../src/event-sourcing/subscriptions/checkpoints.js';
import { Dispatcher } from '../../src/event-sourcing/subscriptions/dispatcher.js';
import { CheckpointMovedError } from '../../src/event-sourcing/subscriptions/held-checkpoint.js';

/** So small that a history takes many batches. */
const EVENTS_A_BATCH = 40;

/** The part of a dispatcher that makes single attempts. */
interface MakesAttempts {
  readonly attempts: Attempts;
}

interface Works {
  work(command: ClaimedCommand): Promise<void>;
}

/**
 * Makes every subscription of this process get every event twice. The first delivery "dies" before the checkpoint is
 * written, the second one after it; then a zombie repeats the same write. Commands of sagas run twice, as if the
 * process had died before it could record that they had run.
 */
export class Twice {
  /** How often each event was delivered to each subscription: `<name> <event id>`. */
  readonly deliveries = new Map<string, number>();
  readonly commands = new Map<string, number>();
  /** Moves of checkpoints that a zombie could write. There must be none. */
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

  /** Restores the replaced methods. */
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
    this.replace(Dispatcher.prototype, 'deliver', (deliver) => {
      return async function (this: Dispatcher, events, held, to, mayLinger) {
        names.set((this as unknown as MakesAttempts).attempts, held.name);
        return deliver.call(this, events, held, to, mayLinger);
      };
    });
    this.replace(Attempts.prototype, 'deliver', (deliver) => {
      return async function (this: Attempts, batch, recorded, key, attempts) {
        count(deliveries, `${names.get(this) ?? 'retry'} ${recorded.id}`);
        return deliver.call(this, batch, recorded, key, attempts);
      };
    });
  }

  private loseCheckpoints(): void {
    const { lost, zombies } = this;
    this.replace(Checkpoints.prototype, 'move', (move) => {
      return async function (this: Checkpoints, held, to, parking, work) {
        const way = `${held.name} from ${held.position} to ${to.position}`;
        if (!lost.has(way)) {
          lost.add(way);
          throw connectionLost();
        }
        const moved = await move.call(this, held, to, parking, work);
        if (to.position === held.position) return moved;
        try {
          await move.call(this, held, to, parking, work);
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
 * Stops the runs of stored commands. Without it, it depends on timing whether a timer runs before or after its saga
 * gets the next event, and the two orders lead to different ids.
 * @returns a function that lets the commands run again
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
