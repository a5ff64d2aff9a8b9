import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { connectWhenReady } from './postgres-access.js';
import type { ServerAccess } from './postgres-access.js';
import { assertRuns } from './postgres-binaries.js';
import { spawnServer } from './postgres-process.js';
import type { ServerPlan } from './postgres-process.js';
import { findPostmaster, serves, stopPostmaster } from './postmaster.js';
import type { Superuser } from './superuser.js';

// The port was taken in between, another process is starting a server, or processes of a killed server still end.
const MAY_PASS =
  /could not create any TCP\/IP sockets|lock file "postmaster.pid" (already exists|is empty)|shared memory block .* still in use/;

/** A server that answers, and a session on it. */
export interface RunningServer {
  readonly access: ServerAccess;
  readonly adopted: boolean;
  readonly client: Client;
}

/** Waits for the server that already runs on the cluster. Resolves to undefined if there is none, or if it ends. */
export async function adoptServer(
  cluster: string,
  superuser: Superuser,
  log: (line: string) => void,
): Promise<RunningServer | undefined> {
  const found = await findPostmaster(cluster);
  if (found === undefined) return undefined;
  const access = { cluster, superuser, ...found };
  const client = await connectWhenReady(access, () => serves(found.pid, cluster), log);
  return client && { access, client, adopted: true };
}

/**
 * Spawns a server and waits until it answers. When it ends for a reason that may pass, waits a moment and gives
 * undefined.
 * @param patience time of `performance.now()` after which no reason passes any more
 * @throws EmbeddedPostgresError with the server's own last words when it ends for good
 */
export async function launchServer(
  plan: ServerPlan,
  superuser: Superuser,
  patience: number,
  log: (line: string) => void,
): Promise<RunningServer | undefined> {
  await assertRuns(plan.program, plan.user);
  const server = await spawnServer(plan);
  const access = { cluster: plan.cluster, superuser, pid: server.pid, port: server.port };
  try {
    const client = await connectWhenReady(access, () => server.isRunning(), log);
    if (client !== undefined) return { access, client, adopted: false };
  } catch (error) {
    await stopPostmaster(server.pid, plan.cluster);
    throw error;
  }
  const lastWords = await server.lastWords();
  if (MAY_PASS.test(lastWords) && performance.now() < patience) {
    await sleep(50);
    return undefined;
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL ended while it started (${lastWords}): mend what it says; there is more in ${plan.logFile}`,
  );
}
