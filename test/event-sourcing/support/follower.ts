import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import type { EventLog, EventLogOptions } from '../../../src/event-sourcing/log/event-log.js';
import { isConnectionError } from '../../../src/event-sourcing/postgres/database-errors.js';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { eventually } from '../../support/eventually.js';
import { openLog } from './bank.js';
import type { LogRow } from './log-database.js';

const PAGE = 100;

/** A subscriber: reads the settled log from its checkpoint on, and remembers what it was given. */
export class Follower {
  readonly seen: LogRow[] = [];
  readonly connectionErrors: Error[] = [];
  fatal: Error | undefined;
  private current: { readonly log: EventLog; readonly settled: SettledLog } | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly options: Partial<EventLogOptions>,
  ) {}

  static async started(url: string, options: Partial<EventLogOptions> = {}): Promise<Follower> {
    const follower = new Follower(url, options);
    await follower.start();
    return follower;
  }

  /** Where its process appends; `undefined` while it is stopped. */
  get log(): EventLog | undefined {
    return this.current?.log;
  }

  get settled(): SettledLog {
    if (!this.current) throw new Error('The follower is not started.');
    return this.current.settled;
  }

  /** Position of the last event that it was given. */
  get checkpoint(): number {
    return this.seen.at(-1)?.position ?? 0;
  }

  async start(): Promise<void> {
    const log = openLog(this.url, this.options);
    const settled = new SettledLog(log, {
      onConnectionError: (error) => this.connectionErrors.push(error),
      onFatal: (error) => {
        this.fatal = error;
      },
    });
    this.current = { log, settled };
    settled.onAdvance(() => {
      this.read(settled);
    });
    try {
      await settled.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.read(settled);
  }

  async stop(): Promise<void> {
    const current = this.current;
    this.current = undefined;
    await current?.settled.stop();
    await this.reading;
    await current?.log.close();
  }

  /** Stops and starts anew, as often as it takes where connections are killed meanwhile. */
  async restart(): Promise<void> {
    await this.stop();
    for (;;) {
      try {
        await this.start();
        return;
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        this.connectionErrors.push(error as Error);
      }
    }
  }

  /** Resolves when it has been given the event at a position, or one behind it. */
  async reaches(position: number): Promise<void> {
    await eventually(
      `the follower to reach ${position}`,
      () => Promise.resolve(this.checkpoint),
      (checkpoint) => checkpoint >= position,
    );
  }

  private read(settled: SettledLog): void {
    this.reading = this.reading.then(async () => {
      for (;;) {
        const events = await settled.read(this.checkpoint, PAGE);
        if (events.length === 0) return;
        this.seen.push(...events.map(asRow));
      }
    });
  }
}

export function asRow({ position, stream, version, id }: RecordedEvent): LogRow {
  return { position, stream, version, id };
}
