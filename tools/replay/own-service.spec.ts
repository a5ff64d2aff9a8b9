import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ReplayError } from './errors.js';
import { type Service, startService } from './own-service.js';
import { isReady } from './service.js';

/** A program that begins as the service does: a banner with its address, ready a little later, ended by SIGTERM. */
const PROGRAM = `
  import { createServer } from 'node:http';
  let ready = false;
  const server = createServer((request, response) => {
    const { DATA_DIR, PORT, HOST, RATE_LIMIT, COMMAND_DATABASE_URL } = process.env;
    response.statusCode = request.url === '/environment' || ready ? 200 : 503;
    ready = true;
    response.end(JSON.stringify({ DATA_DIR, PORT, HOST, RATE_LIMIT, COMMAND_DATABASE_URL, pid: process.pid }));
  });
  server.listen(0, '127.0.0.1', () => console.log('Listening on http://127.0.0.1:' + server.address().port + '/docs'));
  process.on('SIGTERM', () => process.exit(0));
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a service of its own', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'own-service-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  let running: Service | undefined;

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  const start = async (program: string, signal = new AbortController().signal): Promise<Service> => {
    const main = join(folder, 'main.mjs');
    await writeFile(main, program);
    running = await startService({ main, isReady, signal });
    return running;
  };
  it('is started on data of its own, waited for, and stopped with its folder removed', async () => {
    process.env['COMMAND_DATABASE_URL'] = 'postgres://somewhere-else';
    const service = await start(PROGRAM).finally(() => {
      delete process.env['COMMAND_DATABASE_URL'];
    });
    expect(await isReady(service.origin)).toBe(true);
    const response = await fetch(`${service.origin}/environment`);
    const seen = (await response.json()) as { DATA_DIR: string; pid: number };
    expect(seen).toEqual({
      DATA_DIR: expect.stringContaining('cartwright-replay-') as string,
      PORT: '0',
      HOST: '127.0.0.1',
      RATE_LIMIT: 'off',
      pid: expect.any(Number) as number,
    });
    expect((await stat(dirname(seen.DATA_DIR))).mode & 0o777).toBe(0o755);
    running = undefined;
    await service.stop();
    expect(await isReady(service.origin)).toBe(false);
    expect(isAlive(seen.pid)).toBe(false);
    expect(existsSync(dirname(seen.DATA_DIR))).toBe(false);
  });

  it('that ends too early is shown with its last words, and leaves no folder', async () => {
    const error = (await start(`console.error('data in', process.env.DATA_DIR); process.exit(3);`).catch(
      (reason: unknown) => reason,
    )) as ReplayError;
    const [, dataDir = ''] =
      /^the service ended before it was ready:\ndata in (.+)\n$/.exec(error.message) ?? [];
    expect(dataDir).toContain('cartwright-replay-');
    expect(existsSync(dirname(dataDir))).toBe(false);
  });

  it('that ended by itself during the replay is an error', async () => {
    const service = await start(`${PROGRAM} process.on('SIGUSR2', () => process.exit(4));`);
    const response = await fetch(`${service.origin}/environment`);
    const { pid } = (await response.json()) as { pid: number };
    process.kill(pid, 'SIGUSR2');
    running = undefined;
    while (isAlive(pid)) {
      await turn();
    }
    await expect(service.stop()).rejects.toThrow('the service ended by itself (exit code 4)');
  });

  it('is not waited for once the replay is interrupted', async () => {
    await expect(start(PROGRAM, AbortSignal.abort())).rejects.toEqual(new ReplayError('interrupted', 130));
  });

  it('needs a build', async () => {
    const options = { main: join(folder, 'none.mjs'), isReady, signal: new AbortController().signal };
    await expect(startService(options)).rejects.toThrow('run `npm run build`');
  });
});
