import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inTime } from '../lifecycle/conditions.js';
import { withClient } from '../lifecycle/embedded-database.js';

const PROGRAM = process.env['PGBOUNCER'] ?? '/usr/sbin/pgbouncer';
const START_MS = 10_000;
/** PgBouncer does not run as root; this user exists on every system. */
const NOBODY = 65_534;

/** How a PgBouncer is set up. */
export interface PgBouncerSettings {
  readonly pool_mode: 'session' | 'transaction';
  /** Startup parameters that it drops instead of refusing them. */
  readonly ignore_startup_parameters?: string;
}

/** A PgBouncer in front of a server, on a free port of the loopback. */
export class PgBouncer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  /** Whether the program is installed. */
  static async isInstalled(): Promise<boolean> {
    return access(PROGRAM).then(
      () => true,
      () => false,
    );
  }

  /**
   * Starts it; resolves when it answers.
   * @param folder does not exist yet; its parents can be passed by every user
   * @param server URL of a database on the server, with the credentials that clients use as well
   */
  static async start(folder: string, server: string, settings: PgBouncerSettings): Promise<PgBouncer> {
    const { hostname, port: serverPort, username, password } = new URL(server);
    const port = await freePort();
    await mkdir(folder);
    await chmod(folder, 0o755);
    const users = join(folder, 'users.txt');
    await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
    const lines = {
      listen_addr: '127.0.0.1',
      listen_port: port,
      unix_socket_dir: '',
      auth_type: 'plain',
      auth_file: users,
      default_pool_size: 40,
      ...settings,
    };
    const file = join(folder, 'pgbouncer.ini');
    const content = Object.entries(lines).map(([name, value]) => `${name} = ${value}`);
    await writeFile(
      file,
      `[databases]\n* = host=${hostname} port=${serverPort}\n[pgbouncer]\n${content.join('\n')}\n`,
    );
    const isRoot = process.getuid?.() === 0;
    const child = spawn(PROGRAM, [file], {
      stdio: 'ignore',
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });
    const bouncer = new PgBouncer(child, port);
    await inTime(START_MS, 'PgBouncer to answer', async () => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}: see ${file}`);
      return withClient(bouncer.url(server), (client) => client.query('SELECT')).then(
        () => true,
        () => false, // it starts
      );
    });
    return bouncer;
  }

  /** The same URL through this PgBouncer. */
  url(direct: string): string {
    const url = new URL(direct);
    url.port = String(this.port);
    return url.href;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    if (this.child.exitCode === null) await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
