import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { reasonOf } from './embedded-postgres.errors.js';

// Any number will do; it is this service's own, on database `postgres` of a server that nobody else uses.
const KEY = 7_427_168_233;

/** How long a dying predecessor's session may take to close, in milliseconds. */
const PATIENCE = 2000;

/** Proof that no other process uses this DATA_DIR: a session of the embedded server that holds an advisory lock. */
export interface FolderLock {
  /** Resolves when the server has ended without `releaseWith`. */
  readonly lost: Promise<undefined>;
  /** Gives the lock up together with the server, which `stopServer` stops: no successor can lock a server that is going. */
  releaseWith(stopServer: () => Promise<void>): Promise<void>;
}

/**
 * Takes the lock on this session. When the session is lost while the server lives on (it closes all of them when one of
 * its processes crashes), the lock is taken again on a new one.
 * @param reconnect makes a new session, or gives undefined when the server has ended
 * @returns undefined when another process holds the lock for 2 s on end
 */
export async function takeFolderLock(
  client: Client,
  reconnect: () => Promise<Client | undefined>,
  log: (line: string) => void,
): Promise<FolderLock | undefined> {
  if (!(await tryLock(client))) return undefined;
  let holder = client;
  let released = false;
  let markLost!: () => void; // set by the promise's executor, which runs at once
  const lost = new Promise<undefined>((resolve) => {
    markLost = () => {
      resolve(undefined);
    };
  });

  const keep = (session: Client): void => {
    holder = session;
    session.once('end', () => {
      if (released) return;
      log(
        'the embedded PostgreSQL closed the session that holds the lock on DATA_DIR: taking the lock again',
      );
      takeAgain().catch((error: unknown) => {
        log(`the lock on DATA_DIR is lost: ${reasonOf(error)}`);
      });
    });
  };

  const takeAgain = async (): Promise<void> => {
    for (let session = await reconnect(); session !== undefined; session = await reconnect()) {
      try {
        if (await tryLock(session)) {
          keep(session);
          return;
        }
        log('another process took the lock on DATA_DIR in between: stop one of the two');
        await session.end();
        return;
      } catch (error) {
        // The server may close sessions more than once while it recovers.
        log(`the lock on DATA_DIR could not be taken again (${reasonOf(error)}): trying on`);
        await session.end();
      }
    }
    if (released) return;
    log('the embedded PostgreSQL has ended');
    markLost();
  };

  keep(client);
  return {
    lost,
    async releaseWith(stopServer) {
      released = true;
      try {
        await stopServer();
      } finally {
        await holder.end();
      }
    },
  };
}

/** Tries for 2 s: a predecessor that was killed may take a moment to disappear from the server. */
async function tryLock(client: Client): Promise<boolean> {
  const patience = performance.now() + PATIENCE;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      KEY,
    ]);
    if (rows[0]?.locked === true) return true;
    if (performance.now() > patience) return false;
    await sleep(50);
  }
}
