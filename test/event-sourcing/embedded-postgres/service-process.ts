import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the child tells: the server it runs, or why there is none. */
export interface Report {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
  readonly url: string;
  readonly refused?: string;
  readonly lines: readonly string[];
}

/** How to run a child; `module` is the built module to take the server from. */
export interface ServiceOptions {
  readonly dataDir: string;
  readonly module?: string;
  readonly uid?: number;
}

const running = new Set<ServiceProcess>();

/** Runs `embedded-postgres.child.mjs`: a process that holds a server and can be killed without killing the test. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly report: Promise<Report>,
  ) {}

  static start({ dataDir, module, uid }: ServiceOptions): ServiceProcess {
    const options = {
      dataDir,
      databases: [],
      module: module ?? resolve('dist/event-sourcing/embedded-postgres/index.js'),
    };
    const child = spawn(
      process.execPath,
      [resolve('test/event-sourcing/embedded-postgres/embedded-postgres.child.mjs'), JSON.stringify(options)],
      {
        // A group of its own, like a terminal's: signals to the whole group are part of what is tested.
        detached: true,
        stdio: ['pipe', 'pipe', 'inherit'],
        cwd: '/',
        ...(uid === undefined ? {} : { uid, gid: uid }),
      },
    );
    const report = once(createInterface({ input: child.stdout }), 'line').then(
      ([line]) => JSON.parse(String(line)) as Report,
    );
    const service = new ServiceProcess(child, report);
    running.add(service);
    child.once('exit', () => running.delete(service));
    return service;
  }

  /** Kills those that a test which failed has left running. */
  static async killAll(): Promise<void> {
    await Promise.all([...running].map((service) => service.kill()));
  }

  /** Kills the process and all of its group, as Ctrl-C or a supervisor would reach them. */
  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    // It was spawned as the leader of its group: its id is the group's.
    process.kill(-Number(this.child.pid), 'SIGKILL');
    await gone;
  }

  /** Asks the process to stop its server, and waits until it has ended by itself; gives its exit code. */
  async stop(): Promise<number | null> {
    const gone = once(this.child, 'exit');
    this.child.stdin?.write('stop\n');
    const [code] = (await gone) as [number | null];
    return code;
  }
}

/** A new folder that every system user can pass; `uid` becomes its owner. */
export async function makeFolder(uid?: number): Promise<string> {
  const folder = await mkdtemp(join(process.env['TEST_FOLDER'] ?? tmpdir(), 'embedded-'));
  await chmod(folder, 0o711);
  if (uid !== undefined) await chown(folder, uid, uid);
  return folder;
}

/** Ends whatever server still runs in the folder, and removes it. */
export async function removeFolder(folder: string): Promise<void> {
  const dataDir = join(folder, 'data');
  const pid = await serverPid(dataDir);
  const words = pid === undefined ? '' : await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (pid !== undefined && words.includes(dataDir)) {
    process.kill(pid, 'SIGQUIT');
    await until(async () => !(await exists(`/proc/${pid}/cwd`)));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** Process id in the lock file of the server in DATA_DIR. */
export async function serverPid(dataDir: string): Promise<number | undefined> {
  const lockFile = join(dataDir, 'postgres', 'postmaster.pid');
  return (await exists(lockFile)) ? Number.parseInt(await readFile(lockFile, 'utf8'), 10) : undefined;
}

/** Waits until the condition holds; the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

/** Whether there is a file or folder of this name. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
