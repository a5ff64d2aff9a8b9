import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { reasonOf } from './embedded-postgres.errors.js';

/** The key of the advisory lock, on database `postgres`. Nobody else uses this server, so any number is free. */
const KEY = 7_427_168_233;

/** How long to wait for the session of a predecessor that was killed, in milliseconds. */
const PATIENCE_MS = 2_000;
const POLL_MS = 50;

/** Makes a new session, or gives `undefined` when the server has ended. */
export type Reconnect = () => Promise<Client | undefined>;

/**
 * The lock on a dataDir: an advisory lock that a session of the embedded server holds. While it is held, no other
 * process uses the folder. PostgreSQL closes all sessions when one of its processes crashes; the lock is then taken
 * again on a new session.
 */
export class FolderLock {
  /** Resolves when the server has ended without `releaseWith`. */
  readonly serverEnded: Promise<undefined>;
  private readonly markEnded: () => void;
  private wasLost = false;
  private released = false;

  private constructor(
    private session: Client,
    private readonly reconnect: Reconnect,
    private readonly log: (line: string) => void,
  ) {
    const { promise, resolve } = withResolvers();
    this.serverEnded = promise;
    this.markEnded = resolve;
    this.watch(session);
  }

  /**
   * Takes the lock on this session.
   * @param log takes one line for each thing that an operator should know
   * @returns `undefined` when another process holds the lock and keeps it for 2 s
   */
  static async take(
    session: Client,
    reconnect: Reconnect,
    log: (line: string) => void,
  ): Promise<FolderLock | undefined> {
    return (await tryLock(session)) ? new FolderLock(session, reconnect, log) : undefined;
  }

  /**
   * Whether this process has held the lock without a break. Once the session was lost this stays `false`, even after
   * the lock was taken again: another process may have used the folder in between.
   */
  get isUnbroken(): boolean {
    return !this.wasLost && !this.released;
  }

  /**
   * Stops the server by `stopServer`, then releases the lock. So no successor can lock a server that is about to
   * stop.
   */
  async releaseWith(stopServer: () => Promise<void>): Promise<void> {
    this.released = true;
    try {
      await stopServer();
    } finally {
      await this.session.end();
    }
  }

  private watch(session: Client): void {
    session.once('end', () => {
      if (this.released) return;
      this.wasLost = true;
      this.log(
        'the embedded PostgreSQL closed the session that holds the lock on dataDir: taking the lock again',
      );
      this.takeAgain().catch((error: unknown) => {
        this.log(`the lock on dataDir is lost: ${reasonOf(error)}`);
      });
    });
  }

  private async takeAgain(): Promise<void> {
    for (let session = await this.reconnect(); session !== undefined; session = await this.reconnect()) {
      try {
        if (await tryLock(session)) {
          this.session = session;
          this.watch(session);
          return;
        }
        this.log('another process took the lock on dataDir in between: stop one of the two');
        await session.end();
        return;
      } catch (error) {
        // The server may close sessions more than once while it recovers.
        this.log(`the lock on dataDir could not be taken again (${reasonOf(error)}): trying again`);
        await session.end();
      }
    }
    if (this.released) return;
    this.log('the embedded PostgreSQL has ended');
    this.markEnded();
  }
}

function withResolvers(): { promise: Promise<undefined>; resolve: () => void } {
  let resolve!: () => void; // set by the executor, which runs at once
  const promise = new Promise<undefined>((done) => {
    resolve = () => {
      done(undefined);
    };
  });
  return { promise, resolve };
}

async function tryLock(session: Client): Promise<boolean> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      KEY,
    ]);
    if (rows[0]?.locked === true) return true;
    if (performance.now() > giveUpAt) return false;
    await sleep(POLL_MS);
  }
}
