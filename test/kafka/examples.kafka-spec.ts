import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { run } from '../package/foreign-project.js';
import { eventually } from '../support/eventually.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import { Service } from '../support/service.js';
import { TopicClient, type ReadRecord } from './topic-client.js';

const TOPIC = 'cartwright.product';
const PLAIN = resolve('examples/kafka-plain/price-board.mjs');
const NEST = 'examples/kafka-nest';
/** In a folder that is missing at first. */
const BOARD = 'later/prices.json';
const LEFTOVERS = ['node_modules', 'dist'];
const SKUS = ['MUG-1', 'TEA-1', 'TIN-1'];

let broker: KafkaBroker;
let service: Service;
let others: TopicClient;
let records: readonly ReadRecord[];
const running: ChildProcess[] = [];

beforeAll(async () => {
  broker = await KafkaBroker.start();
  service = await Service.start('examples', { KAFKA_BROKERS: broker.address });
  others = await TopicClient.connect(broker.address);
  for (let change = 1; change <= 5; change += 1) await setPrices(change);
  records = await others.collect(TOPIC);
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  expect(await service.leave()).toEqual([]);
  await others.close();
  await broker.remove();
});

/** Every change sets the price of all products once. */
async function setPrices(change: number): Promise<void> {
  for (const sku of SKUS) await service.shop.stock(sku, 100 * change);
}

/** What a price board shows after so many changes, in any order. */
const boardAfter = (changes: number) =>
  SKUS.map((sku) => [
    `/cartwright product-${sku}`,
    { sequence: changes, price: { amount: 100 * changes, currency: 'EUR' }, changes },
  ]);

async function shown(folder: string): Promise<[string, unknown][]> {
  const text = await readFile(join(folder, BOARD), 'utf8').catch(() => '{}');
  return Object.entries(JSON.parse(text) as object).sort() as [string, unknown][];
}

const untilShown = (folder: string, changes: number): Promise<unknown> =>
  eventually(
    `a board after ${changes} changes`,
    () => shown(folder),
    (board) => JSON.stringify(board) === JSON.stringify(boardAfter(changes)),
  );

function start(script: string, folder: string, group: string): ChildProcess {
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: { PATH: process.env['PATH'], KAFKA_BROKERS: broker.address, TOPIC, GROUP: group, BOARD },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

/** Resolves when a program writes this. */
async function writes(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (chunk) => {
        if (String(chunk).includes(text)) resolve();
      });
  });
}

/** Sends records of the service again, as a relay does that was killed before it noted what it had sent. */
async function repeatAll(): Promise<void> {
  await others.send(
    TOPIC,
    records.map(({ key, value, headers }) => ({ key, value, headers })),
  );
}

/** Runs an example that cannot store anything at first, kills it, sends everything again, and runs it again. */
async function livesThrough(script: string, group: string, changes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  const first = start(script, folder, group);
  await writes(first, 'ENOENT');
  await mkdir(join(folder, 'later'));
  await untilShown(folder, changes);
  first.kill('SIGKILL');
  await once(first, 'close');
  await repeatAll();
  await setPrices(changes + 1);
  start(script, folder, group);
  await untilShown(folder, changes + 1);
  await repeatAll();
  await setPrices(changes + 2);
  await untilShown(folder, changes + 2);
}

it('the plain consumer takes each event once', async () => {
  await livesThrough(PLAIN, 'plain', 5);
});

it('the Nest consumer takes each event once', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'example-nest-')), basename(NEST));
  await cp(NEST, folder, { recursive: true, filter: (path) => !LEFTOVERS.includes(basename(path)) });
  const installed = await run(folder, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund');
  expect(installed).toMatchObject({ code: 0 });
  expect(await run(folder, 'npm', 'run', 'build')).toMatchObject({ code: 0 });
  await livesThrough(join(folder, 'dist/main.js'), 'nest', 7);
});
