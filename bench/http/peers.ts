import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BenchContext } from '../support/bench.js';
import { vacuum } from '../support/postgres.js';
import { processCpu } from '../support/processor-time.js';
import { Program } from './program.js';
import { importProducts } from './shop.js';
import type { Subject } from './subject.js';

/** Programs of ours that do what the service does in other ways: the name of the file, and what tables call it. */
export const PEERS = {
  'no-op': 'no-op (Nest, Fastify, validation)',
  'crud-pg': 'CRUD, plain pg',
  'crud-typeorm': 'CRUD, TypeORM',
  emmett: 'Emmett PostgreSQL',
  textbook: 'textbook Nest, cqrs, TypeORM',
} as const;

export type Peer = keyof typeof PEERS;

const FOLDER = resolve('bench/peers');
/** In-memory events of the textbook are handled after the answer. */
const SETTLE_MS = 100;

/** Installs the packages of the peers if they are not there, or older than the lock file. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  const [lock, installed] = await Promise.all(
    ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
      stat(join(FOLDER, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => -Infinity,
      ),
    ),
  );
  if (lock === undefined || installed === undefined || installed >= lock) return;
  say('installing the packages of the peers: npm ci in bench/peers');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const options = { cwd: FOLDER, shell: process.platform === 'win32' };
  await promisify(execFile)(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options);
}

/** Starts a peer on a database of its own, on the server of the bench. */
export async function startPeer({ cleanup, server }: BenchContext, peer: Peer): Promise<Subject> {
  const url = await server.createDatabase(peer.replace('-', '_'));
  const loader = process.execArgv.filter((argument) => !argument.startsWith('--inspect'));
  const script = join(FOLDER, `${peer}.ts`);
  const environment = { NODE_ENV: 'production', DATABASE_URL: url };
  const program = await Program.start(cleanup, [...loader, script], environment);
  await importProducts(program.origin);
  return {
    name: PEERS[peer],
    writeOrigin: program.origin,
    origin: program.origin,
    async cpu() {
      const service = (await processCpu(program.pid)) ?? NaN;
      return { service, postgres: (await server.cpuSeconds()) ?? NaN };
    },
    settle: () => pause(SETTLE_MS),
    tidy: () => vacuum([url]),
  };
}

/** Draws a chart. @param specification in Vega-Lite @returns SVG */
export async function drawChart(specification: object): Promise<string> {
  const drawing = promisify(execFile)(process.execPath, [...process.execArgv, join(FOLDER, 'chart.ts')]);
  drawing.child.stdin?.end(JSON.stringify(specification));
  const { stdout } = await drawing;
  return stdout;
}
