import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import { Relay, RelayRefusedError, type EventRelay } from '../../../src/event-sourcing/relays/relay.js';
import { eventually } from '../../support/eventually.js';
import { append, openLog, write } from '../support/bank.js';
import { HandlerProcess, takeOver } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';

/** Longer than the dispatcher delivers events one by one before it moves the checkpoint. */
const SLOW_MS = 400;

/** The other system, which the test can make refuse things. */
class Target {
  readonly stored: string[] = [];
  readonly sizes: number[] = [];
  isAway = false;
  delayMs = 0;
  refuses: (recorded: RecordedEvent) => boolean = () => false;

  async store(batch: readonly RecordedEvent[]): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (this.isAway) throw new Error('nobody answers');
    const refused = batch.find((recorded) => this.refuses(recorded));
    if (refused) throw new RelayRefusedError(refused, 'it is too large');
    this.sizes.push(batch.length);
    this.stored.push(...batch.map(({ stream, version }) => `${stream} ${version}`));
  }
}

@Relay({ name: 'broker' })
class Broker implements EventRelay {
  restarts = 0;

  constructor(private readonly target: Target) {}

  send(batch: readonly RecordedEvent[]): Promise<void> {
    return this.target.store(batch);
  }

  restart(): void {
    this.restarts += 1;
  }
}

let database: LogDatabase;
let target: Target;
let processes: HandlerProcess[];
beforeEach(async () => {
  database = await LogDatabase.create();
  target = new Target();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await database.drop();
});

async function start(relay = new Broker(target)): Promise<HandlerProcess> {
  const urls = { commandUrl: database.url, queryUrl: database.url };
  const process = await HandlerProcess.start({ ...urls, handlers: [[relay]] });
  processes.push(process);
  return process;
}

/** Appends so many events to each of some streams, one event of each in turn. */
async function deposit(streams: readonly string[], events: number): Promise<string[]> {
  const log = openLog(database.url);
  const names: string[] = [];
  for (let version = 0; version < events; version += 1) {
    await Promise.all(streams.map((stream) => log.append(append([write(stream, version)])).result));
    names.push(...streams.map((stream) => `${stream} ${version + 1}`));
  }
  await log.close();
  return names;
}

async function stores(count: number): Promise<void> {
  await eventually(
    `${count} events to be stored`,
    () => Promise.resolve(target.stored.length),
    (length) => length >= count,
  );
}

async function positionOf(name: string): Promise<number | undefined> {
  const rows = await database.query<{ position: number }>(
    'SELECT position::float8 FROM checkpoint WHERE name = $1',
    [name],
  );
  return rows[0]?.position;
}

async function parked(): Promise<string[]> {
  const rows = await database.query<{ event: string }>(
    `SELECT e.stream || ' ' || e.version AS event FROM parked_event p JOIN event_log e ON e.id = p.event_id
      ORDER BY p.position`,
  );
  return rows.map(({ event }) => event);
}

describe('a relay', () => {
  it('sends all events from the first one on, in order and in batches', async () => {
    const names = await deposit(['account-1', 'account-2'], 50);
    await start();
    await stores(100);
    expect([...target.stored].sort()).toEqual([...names].sort());
    const ofOne = target.stored.filter((name) => name.startsWith('account-1 '));
    expect(ofOne).toEqual(names.filter((name) => name.startsWith('account-1 ')));
    expect(target.sizes.length).toBeLessThan(10);
  });

  it('sends each event once if sending is slow', async () => {
    await deposit(['account-1'], 50);
    target.delayMs = SLOW_MS;
    const process = await start();
    await stores(50);
    await eventually(
      'the checkpoint to move',
      () => positionOf('broker'),
      (position) => position === 50,
    );
    expect(process.subscription('broker').state).toBe('running');
    expect(target.stored).toHaveLength(50);
  });

  it('parks nothing and moves no checkpoint while the other system is away', async () => {
    target.isAway = true;
    const process = await start();
    const names = await deposit(['account-1', 'account-2'], 10);
    await process.becomes('broker', 'retrying');
    await eventually(
      'several attempts',
      () => Promise.resolve(process.logged),
      (lines) => lines.filter((line) => line.includes('nobody answers')).length >= 4,
    );
    expect(await positionOf('broker')).toBe(0);
    expect(await parked()).toEqual([]);
    target.isAway = false;
    await stores(20);
    await process.becomes('broker', 'running');
    expect([...target.stored].sort()).toEqual([...names].sort());
  });

  it('parks an event that is refused, with those of its stream behind it, and sends all others', async () => {
    target.refuses = ({ stream, version }) => stream === 'account-1' && version === 2;
    await deposit(['account-1', 'account-2', 'account-3'], 4);
    const process = await start();
    await stores(9);
    await eventually('the events to be parked', parked, (events) => events.length === 3);
    expect(await parked()).toEqual(['account-1 2', 'account-1 3', 'account-1 4']);
    expect(process.logged.join()).toContain('it is too large');

    target.refuses = () => false;
    await database.query('UPDATE parked_event SET retry_at = now() WHERE retry_at IS NOT NULL');
    await eventually('the parked events to be sent', parked, (events) => events.length === 0);
    expect(target.stored.slice(9)).toEqual(['account-1 2', 'account-1 3', 'account-1 4']);
  });

  it('parks an event again if it is still refused, and keeps those behind it', async () => {
    target.refuses = ({ version }) => version === 2;
    await deposit(['account-1'], 3);
    const process = await start();
    await eventually(
      'all attempts to be used up',
      () => Promise.resolve(process.logged.filter((line) => line.includes('attempt 3'))),
      (lines) => lines.length > 0,
    );
    expect(await parked()).toEqual(['account-1 2', 'account-1 3']);
    expect(target.stored).toEqual(['account-1 1']);
  });

  it('sends a parked event later than a failure of the other system, and parks nothing more', async () => {
    target.refuses = ({ version }) => version === 2;
    await deposit(['account-1'], 3);
    const process = await start();
    await eventually('the events to be parked', parked, (events) => events.length === 2);
    target.isAway = true;
    target.refuses = () => false;
    await process.becomes('broker', 'retrying');
    expect(await parked()).toEqual(['account-1 2', 'account-1 3']);
    target.isAway = false;
    await stores(3);
    expect(target.stored).toEqual(['account-1 1', 'account-1 2', 'account-1 3']);
  });

  it('is restarted when it is acquired, so that it can lock out its former holder', async () => {
    const relay = new Broker(target);
    const process = await start(relay);
    await deposit(['account-1'], 1);
    await stores(1);
    expect(relay.restarts).toBe(1);
    await takeOver(database, 0);
    await process.logs('goes on in another process');
    await eventually(
      'the relay to be acquired again',
      () => Promise.resolve(relay.restarts),
      (count) => count > 1,
    );
    await deposit(['account-2'], 1);
    await stores(2);
    expect(target.stored).toEqual(['account-1 1', 'account-2 1']);
  });
});
