import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { append, openLog, write } from './bank.js';
import type { Follower } from './follower.js';
import type { LogDatabase } from './log-database.js';
import type { Random } from './random.js';

const STREAMS = Array.from({ length: 12 }, (_, index) => `account-${index}`);
const FOREIGN = 'foreign writer';
const APPEND = `SELECT append_event($1, $2, $3, 'account.deposited', 1, '{"amount":1}', '{}', $4, '{}', '{}') AS status`;
const INSERT = `INSERT INTO event_log
  VALUES (nextval('event_position'), $1, $2, $3, 'account.deposited', 1, '{"amount":1}', '{}', $4)`;

/** All that may happen to a log at once, at random times. */
export class Turmoil {
  /** What has happened, so that a test can tell that something has. */
  readonly count = {
    appended: 0,
    conflicts: 0,
    committed: 0,
    rolledBack: 0,
    lost: 0,
    killed: 0,
    restarts: 0,
  };
  private writing = true;

  constructor(
    private readonly database: LogDatabase,
    private readonly random: Random,
  ) {}

  /**
   * Runs writers until each has done its share, and disturbs them and the followers meanwhile.
   * @param transactions how many of the writers take their time in transactions
   */
  async rage(followers: readonly Follower[], share: number, transactions: number): Promise<void> {
    const logs = Array.from({ length: 3 }, () => openLog(this.database.url));
    const writers = [
      ...logs.flatMap((log) => Array.from({ length: 2 }, () => this.append(() => log, share))),
      // Their followers know their events from the answers.
      ...followers.map((follower) => this.append(() => follower.log, share)),
      ...Array.from({ length: transactions }, () => this.writeInTransactions(share)),
    ];
    const disturbers = [this.kill(), this.jump(), this.restart(followers)];
    try {
      await Promise.race([Promise.all(writers), Promise.all(disturbers)]);
    } finally {
      this.writing = false;
      await Promise.allSettled([...writers, ...disturbers]);
      await Promise.all(logs.map((log) => log.close()));
    }
    await Promise.all([...writers, ...disturbers]);
  }

  /** A process of the service: appends to up to three streams at a time. It may be stopped meanwhile, and another one begins. */
  private async append(process: () => EventLog | undefined, share: number): Promise<void> {
    for (let done = 0; this.writing && done < share; done += 1) {
      const log = process();
      await this.appendOnce(log).catch((error: unknown) => {
        if (log === process()) throw error;
      });
      await this.hesitate(3);
    }
  }

  private async appendOnce(log: EventLog | undefined): Promise<void> {
    if (!log) return;
    // Most often a single event, for which there is a way of its own.
    const most = this.random.happens(0.6) ? 1 : 3;
    const streams = this.random.sample(STREAMS, 1 + this.random.below(most));
    const versions = await Promise.all(streams.map((stream) => log.streamVersion(stream)));
    const writes = streams.map((stream, index) =>
      write(stream, versions[index] ?? 0, 1 + this.random.below(most)),
    );
    const { status } = await log.append(append(writes)).result;
    this.count[status === 'appended' ? 'appended' : 'conflicts'] += 1;
  }

  /** Another program: appends in transactions of its own, takes its time, and often thinks better of it. */
  private async writeInTransactions(share: number): Promise<void> {
    let client = await this.database.connect(FOREIGN);
    for (let done = 0; this.writing && done < share; done += 1) {
      try {
        await this.transaction(client);
      } catch {
        // Killed, or beaten to a version. What it had begun is rolled back with its connection.
        this.count.lost += 1;
        await client.end();
        client = await this.database.connect(FOREIGN);
      }
      await this.hesitate(5);
    }
  }

  private async transaction(client: pg.Client): Promise<void> {
    await client.query('BEGIN');
    // Some have their transaction id long before they append, most do not.
    if (this.random.happens(0.3)) await client.query('INSERT INTO elsewhere VALUES (1)');
    await this.hesitate(10);
    for (let events = 1 + this.random.below(3); events > 0; events -= 1) {
      const stream = this.random.pick(STREAMS);
      const { rows } = await client.query<{ version: number; at: Date }>(
        `SELECT coalesce(max(version), 0) + 1 AS version, greatest(max(occurred_at), now()) AS at FROM event_log WHERE stream = $1`,
        [stream],
      );
      const values = [stream, rows[0]?.version, uuidv7(), rows[0]?.at];
      await client.query('SAVEPOINT attempt');
      await client.query(this.random.happens(0.2) ? INSERT : APPEND, values);
      if (this.random.happens(0.1)) await client.query('ROLLBACK TO attempt');
      await this.hesitate(10);
    }
    const isKept = this.random.happens(0.8);
    await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
    this.count[isKept ? 'committed' : 'rolledBack'] += 1;
  }

  private async kill(): Promise<void> {
    while (this.writing) {
      await this.hesitate(60);
      const victim = this.random.pick([FOREIGN, 'event-log append', 'event-log follow', 'event-log read']);
      this.count.killed += await this.database.kill(victim, 1);
    }
  }

  private async jump(): Promise<void> {
    while (this.writing) {
      await this.hesitate(40);
      const steps = this.random.below(this.random.happens(0.1) ? 3_000 : 4);
      await this.database.query(`SELECT nextval('event_position') FROM generate_series(1, $1)`, [steps]);
    }
  }

  private async restart(followers: readonly Follower[]): Promise<void> {
    while (this.writing) {
      await this.hesitate(200);
      await this.random.pick(followers).restart();
      this.count.restarts += 1;
    }
  }

  private async hesitate(longestMs: number): Promise<void> {
    await pause(this.random.next() * longestMs);
  }
}
