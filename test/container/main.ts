/**
 * `npm run test:container`: follows the Dockerfile without a container engine, starts its result as a plain user from
 * files that nobody can write, and asks it for a cart. Then it has linters check the Dockerfile and the files in `ops/`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../src/event-sourcing/embedded-postgres/index.js';
import { ACCESS_ENV } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { buildImage, type Image } from './image.js';
import { lint } from './lint.js';

const folder = await mkdtemp(join(tmpdir(), 'cartwright-container-'));
try {
  await chmod(folder, 0o755);
  const image = await buildImage(process.cwd(), join(folder, 'stages'));
  const server = await startPostgres({
    dataDir: join(folder, 'data'),
    databases: ['cartwright_command', 'cartwright_query'],
    settings: { fsync: 'on' },
  });
  try {
    await tryOut(image, server.urls);
  } finally {
    await server.stop();
  }
  const size = Number(execFileSync('du', ['-sm', image.root], { encoding: 'utf8' }).split('\t')[0]);
  const linters = lint();
  process.stdout.write(
    `The Dockerfile makes ${size} MiB beside Node.js, which run as a plain user on read-only files. ` +
      `Checked by ${linters.join(', ')}.\n`,
  );
} finally {
  // What nobody can write, nobody can remove either.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function tryOut(image: Image, urls: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    ...image.env,
    ...ACCESS_ENV,
    PORT: String(port),
    HOST: '127.0.0.1',
    COMMAND_DATABASE_URL: urls['cartwright_command'],
    QUERY_DATABASE_URL: urls['cartwright_query'],
  };
  if (image.user === undefined || image.user === '0' || image.user === 'root')
    throw new Error('The image runs as root.');
  execFileSync('chmod', ['-R', 'a-w,a+rX', image.root]);
  const user = process.getuid?.() === 0 ? { uid: Number(image.user), gid: Number(image.user) } : {};
  const options = { cwd: image.workdir, env, ...user };
  const [program = '', ...parameters] = image.command;
  const service = spawn(program, parameters, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(service, 'exit');
  try {
    const [check = '', ...checked] = image.healthcheck;
    const isHealthy = async (): Promise<boolean> => {
      const [code] = (await once(spawn(check, checked, { ...options, stdio: 'ignore' }), 'exit')) as [number];
      return code === 0;
    };
    await eventually('a healthy service', isHealthy, (healthy) => healthy);
    const answer = await fetch(`http://127.0.0.1:${port}/v1/carts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"currency": "EUR"}',
    });
    if (answer.status !== 201) throw new Error(`A new cart was answered ${answer.status}.`);
  } finally {
    service.kill('SIGTERM');
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`The service ended with ${String(code)}.`);
  const written = (await readdir(image.workdir)).filter((name) => name.startsWith('.'));
  if (written.length > 0) throw new Error(`The service wrote ${written.join(', ')}.`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
