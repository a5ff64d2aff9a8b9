import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import type { EmbeddedPostgres } from '../../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { ServiceProcess, exists, makeFolder, removeFolder, serverPid, until } from './service-process.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await makeFolder();
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  await ServiceProcess.killAll();
  await removeFolder(folder);
});

async function start(
  options: { databases?: string[]; settings?: Record<string, string> } = {},
): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, databases: [], log: () => undefined, ...options });
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function isGone(pid: number): Promise<boolean> {
  // Its words go when it ends, also where nobody waits for it yet.
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '';
}

async function kill9(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(() => isGone(pid));
}

async function logHas(words: string): Promise<boolean> {
  return (await readFile(join(dataDir, 'postgres.log'), 'utf8')).includes(words);
}

/** A program that is no server, as the user that the server runs as; `name` is what it calls itself. */
async function runAsOwner(program: string, name = program): Promise<ChildProcess> {
  const { uid, gid } = await stat(join(dataDir, 'postgres'));
  const child = spawn(program, ['60'], { argv0: name, ...(isRoot ? { uid, gid } : {}) });
  await once(child, 'spawn');
  return child;
}

async function leaveLockFile(pid: number | undefined): Promise<void> {
  const cluster = join(dataDir, 'postgres');
  const content = [pid, cluster, 1_700_000_000, 5432, '', '127.0.0.1', '0 0', 'ready   ', ''].join('\n');
  await writeFile(join(cluster, 'postmaster.pid'), content);
}

describe('the embedded PostgreSQL', () => {
  it('makes its cluster at the first start and keeps the data across a stop', async () => {
    const first = await start({ databases: ['cart_commands', 'Cart views "2"'] });
    expect(first.adopted).toBe(false);
    await ask(first.url('Cart views "2"'), 'CREATE TABLE kept AS SELECT 7 AS number');
    await first.stop();
    expect(await isGone(first.pid)).toBe(true);

    const second = await start({ databases: ['cart_commands', 'Cart views "2"', 'a_third'] });
    expect(second.adopted).toBe(false);
    expect(await ask(second.url('Cart views "2"'), 'SELECT number FROM kept')).toEqual([7]);
    expect(await ask(second.url('a_third'), 'SELECT current_database()')).toEqual(['a_third']);
    await second.stop();
    await second.stop();
  });

  it('is durable, listens on the loopback only, and takes settings on top of its own', async () => {
    const server = await start({ settings: { max_connections: '33' } });
    const names = [
      'fsync',
      'full_page_writes',
      'listen_addresses',
      'unix_socket_directories',
      'max_connections',
    ];
    const values = await ask(
      server.url('postgres'),
      `SELECT ${names.map((name) => `current_setting('${name}')`).join()}`,
    );
    expect(values).toEqual(['on', 'on', '127.0.0.1', '', '33']);
    expect(
      await ask(server.url('postgres'), "SELECT current_setting('server_encoding'), upper('ä'), 'a' < 'B'"),
    ).toEqual(['UTF8', 'Ä', false]);
    await server.stop();
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const server = await start();
    const { password } = new URL(server.url('postgres'));
    const stranger = server.url('postgres').replace(password, 'guess');
    await expect(ask(stranger, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const file = join(dataDir, 'postgres', 'postgres.password');
    expect(await readFile(file, 'utf8')).toBe(password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(password);
    await server.stop();
  });

  it('runs a cluster of an earlier version, whose superuser has another name', async () => {
    const former = await start();
    const { password } = new URL(former.url('postgres'));
    await ask(former.url('postgres'), `CREATE ROLE elder SUPERUSER LOGIN PASSWORD '${password}'`);
    await former.stop();
    const [file, elder] = ['postgres', 'elder'].map((name) => join(dataDir, 'postgres', `${name}.password`));
    await rename(String(file), String(elder));

    const server = await start();
    expect(new URL(server.url('postgres')).username).toBe('elder');
    expect(await ask(server.url('postgres'), 'SELECT current_user::text')).toEqual(['elder']);
    await server.stop();
  });

  it('is adopted with everything it acknowledged after its process group was killed', async () => {
    const service = ServiceProcess.start({ dataDir });
    const { pid, url } = await service.report;
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS number');
    await service.kill();
    expect(await isGone(pid)).toBe(false);

    const server = await start();
    expect(server).toMatchObject({ adopted: true, pid });
    expect(await ask(server.url('postgres'), 'SELECT number FROM kept')).toEqual([7]);
    await server.stop();
    expect(await isGone(pid)).toBe(true);
  });

  it('refuses a second process on the folder and goes on undisturbed', async () => {
    const server = await start();
    const second = ServiceProcess.start({ dataDir });
    const { refused } = await second.report;
    expect(refused).toMatch(/^EmbeddedPostgresError: dataDir .* is in use by another process/);
    expect(await ask(server.url('postgres'), 'SELECT 1')).toEqual([1]);
    await server.stop();
  });

  it('belongs to exactly one of two processes that start at once in an empty folder', async () => {
    const services = [ServiceProcess.start({ dataDir }), ServiceProcess.start({ dataDir })];
    const reports = await Promise.all(services.map((service) => service.report));
    expect(reports.filter(({ refused }) => refused === undefined)).toHaveLength(1);
    expect(reports.filter(({ refused }) => refused?.includes('is in use by another process'))).toHaveLength(
      1,
    );
    const owner = services[reports.findIndex(({ refused }) => refused === undefined)];
    expect(await owner?.stop()).toBe(0);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('is still refused to others after one of its own processes crashed', async () => {
    const server = await start();
    const [backend] = await ask(
      server.url('postgres'),
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`,
    );
    process.kill(Number(backend), 'SIGKILL');
    await until(async () => {
      const holders = ask(
        server.url('postgres'),
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`,
      );
      return (await holders.catch(() => [])).some((holder) => holder !== backend);
    });
    expect((await ServiceProcess.start({ dataDir }).report).refused).toContain(
      'is in use by another process',
    );
    await server.stop();
  });

  it('is stopped by the process that held it, which then ends by itself, and starts for one that waits', async () => {
    const service = ServiceProcess.start({ dataDir });
    const { pid } = await service.report;
    const stopping = service.stop();
    const successor = await start();
    expect(await stopping).toBe(0);
    expect(successor.pid).not.toBe(pid);
    expect(await ask(successor.url('postgres'), 'SELECT 1')).toEqual([1]);
    await successor.stop();
  });

  it('starts beside a lock file whose process id belongs to another program of the same user by now', async () => {
    await (await start()).stop();
    const other = await runAsOwner('sleep');
    await leaveLockFile(other.pid);
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(other.exitCode).toBeNull();
    await server.stop();
    other.kill();
  });

  it('starts beside a lock file that was left empty by a loss of power', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), '');
    const server = await start();
    expect(server.adopted).toBe(false);
    await server.stop();
  });

  it('has lost nothing it acknowledged when it was killed itself', async () => {
    const first = await start();
    await ask(first.url('postgres'), 'CREATE TABLE kept AS SELECT 7 AS number');
    await kill9(first.pid);
    await first.stop();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await ask(second.url('postgres'), 'SELECT number FROM kept')).toEqual([7]);
    await second.stop();
  });

  it('waits for processes that outlive the one that was killed', async () => {
    const first = await start();
    const [writer] = await ask(
      first.url('postgres'),
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'`,
    );
    process.kill(Number(writer), 'SIGSTOP');
    await kill9(first.pid);
    const second = start();
    await until(() => logHas('pre-existing shared memory block'));
    process.kill(Number(writer), 'SIGCONT');
    await (await second).stop();
    await first.stop();
  });

  it('does not treat a PostgreSQL whose folder is unknown as another program', async () => {
    await (await start()).stop();
    const other = await runAsOwner('sleep', 'postgres');
    await leaveLockFile(other.pid);
    const server = start();
    await until(() => logHas('lock file "postmaster.pid" already exists'));
    expect(await serverPid(dataDir)).toBe(other.pid);
    other.kill();
    await (await server).stop();
  });

  it('starts again when the first start was killed half-way, and removes its leftovers', async () => {
    const service = ServiceProcess.start({ dataDir });
    const isHalfMade = async (): Promise<boolean> => {
      const [workshop] = (await exists(dataDir)) ? await readdir(dataDir) : [];
      return workshop !== undefined && exists(join(dataDir, workshop, 'cluster', 'base'));
    };
    await until(isHalfMade);
    await service.kill();
    expect(await exists(join(dataDir, 'postgres'))).toBe(false);

    const server = await start();
    await until(async () => (await readdir(dataDir)).every((name) => !name.startsWith('postgres.init-')));
    expect(await ask(server.url('postgres'), 'SELECT 1')).toEqual([1]);
    await server.stop();
  });

  it('runs in a folder that is reached through a link', async () => {
    await mkdir(join(folder, 'real'), { mode: 0o711 });
    await symlink(join(folder, 'real'), dataDir);
    const service = ServiceProcess.start({ dataDir });
    await service.report;
    await service.kill();
    const server = await start();
    expect(server.adopted).toBe(true);
    await server.stop();
  });

  it('quotes its own last words when it ends while it starts', async () => {
    await (await start()).stop();
    await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /^PostgreSQL ended while it started \(FATAL: +invalid value for parameter "shared_buffers": "plenty"\)/,
    );
  });

  it('refuses a cluster of another version', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(
      /postgres was made by PostgreSQL 15, but the installed one is 18: /,
    );
  });

  it('refuses a folder that holds something else, and leaves it as it is', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await chmod(dataDir, 0o711);
    await writeFile(join(dataDir, 'postgres', 'letter.txt'), 'Dear customer,');
    await expect(start()).rejects.toThrow(/holds files but no PostgreSQL cluster: empty it/);
    expect(await readdir(dataDir)).toEqual(['postgres']);
    expect(await readdir(join(dataDir, 'postgres'))).toEqual(['letter.txt']);
  });

  it('says so when dataDir is not a folder', async () => {
    await writeFile(dataDir, '');
    await expect(start()).rejects.toThrow(
      /^dataDir .* cannot be made \(E[A-Z]+: .*\): set it to a writable folder$/,
    );
  });
});

(isRoot ? describe : describe.skip)('the embedded PostgreSQL, started by root', () => {
  it('does not run as root', async () => {
    const server = await start();
    expect((await stat(`/proc/${server.pid}`)).uid).not.toBe(0);
    await server.stop();
  });

  it('says what to do with a cluster that belongs to root', async () => {
    await (await start()).stop();
    await chown(join(dataDir, 'postgres', 'PG_VERSION'), 0, 0);
    await expect(start()).rejects.toThrow(
      /belongs to root, .* run "chown -R postgres .*\/data\/postgres" first$/,
    );
  });

  it('names the folder that its system user cannot enter', async () => {
    await chmod(folder, 0o700);
    await expect(start()).rejects.toThrow(`cannot enter ${folder}: run "chmod o+x ${folder}", set dataDir`);
  });

  it('runs for a plain user, as that user, and for root on the same folder afterwards', async () => {
    const home = await makeFolder(NOBODY);
    dataDir = join(home, 'data');
    try {
      const service = ServiceProcess.start({ dataDir, uid: NOBODY });
      const { pid, url, refused } = await service.report;
      expect(refused).toBeUndefined();
      expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY);
      await ask(url, 'CREATE TABLE kept AS SELECT 7 AS number');
      await service.kill();

      const asRoot = await start();
      expect(asRoot).toMatchObject({ adopted: true, pid });
      await asRoot.stop();
      const started = await start();
      expect((await stat(`/proc/${started.pid}`)).uid).toBe(NOBODY);
      expect(await ask(started.url('postgres'), 'SELECT number FROM kept')).toEqual([7]);
      await started.stop();
      const again = ServiceProcess.start({ dataDir, uid: NOBODY });
      expect((await again.report).refused).toBeUndefined();
      expect(await again.stop()).toBe(0);
    } finally {
      await removeFolder(home);
    }
  });

  it('tells a plain user that the cluster belongs to somebody else', async () => {
    await (await start()).stop();
    const { refused } = await ServiceProcess.start({ dataDir, uid: NOBODY }).report;
    expect(refused).toMatch(/belongs to the system user with id \d+, and this process runs as 65534/);
    expect(await serverPid(dataDir)).toBeUndefined();
  });
});
