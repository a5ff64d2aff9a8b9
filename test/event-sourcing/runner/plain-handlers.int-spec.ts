import { EventsHandler } from '@nestjs/cqrs';
import { currentMessageContext } from '../../../src/event-sourcing/runtime/message-context.js';
import type { DomainEvent } from '../../../src/event-sourcing/kernel/event.js';
import { DurableHandler } from '../../../src/event-sourcing/runner/durable-handler.js';
import { recordOf } from '../../../src/event-sourcing/kernel/record-of.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, METADATA, openLog, PriceSet, Withdrawn, write } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { LossyProxy } from '../support/lossy-proxy.js';

/** Notes what it is called with. What it does then is up to the test. */
class Listener {
  readonly heard: number[] = [];
  underWay = 0;
  mostAtOnce = 0;

  constructor(private readonly work: (position: number, event: DomainEvent) => unknown = () => undefined) {}

  async handle(event: DomainEvent): Promise<void> {
    const { position } = recordOf(event);
    this.underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay);
    try {
      await this.work(position, event);
      this.heard.push(position);
    } finally {
      this.underWay -= 1;
    }
  }

  async hears(position: number): Promise<void> {
    await eventually(
      `position ${position} to be heard of`,
      () => Promise.resolve(this.heard),
      (heard) => heard.includes(position),
    );
  }
}

@EventsHandler(Deposited)
@DurableHandler({ name: 'mailer' })
class Mailer extends Listener {}

@EventsHandler(Deposited, Withdrawn)
@DurableHandler({ name: 'historian', startAt: 'beginning' })
class Historian extends Listener {}

let database: LogDatabase;
let processes: HandlerProcess[];
beforeEach(async () => {
  database = await LogDatabase.create();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await database.drop();
});

async function start(handler: Listener, commandUrl = database.url): Promise<HandlerProcess> {
  const process = await HandlerProcess.start({
    commandUrl,
    queryUrl: database.url,
    handlers: [[handler, Deposited, ...(handler instanceof Historian ? [Withdrawn] : [])]],
  });
  processes.push(process);
  await process.becomes(handler instanceof Historian ? 'historian' : 'mailer', 'running');
  return process;
}

async function stop(process: HandlerProcess): Promise<void> {
  processes.splice(processes.indexOf(process), 1);
  await process.stop();
}

/** Appends deposits to a stream of its own. */
async function deposit(times: number): Promise<void> {
  const log = openLog(database.url);
  for (let time = 0; time < times; time += 1) {
    await log.append(append([write('account-1', await log.streamVersion('account-1'))])).result;
  }
  await log.close();
}

describe('a plain handler', () => {
  it('begins at the head of the log, so that it mails no history', async () => {
    await deposit(3);
    const mailer = new Mailer();
    await start(mailer);
    await deposit(2);
    await mailer.hears(5);
    expect(mailer.heard).toEqual([4, 5]);
  });

  it('begins at the first event if its options say so', async () => {
    await deposit(3);
    const historian = new Historian();
    await start(historian);
    await historian.hears(3);
    expect(historian.heard).toEqual([1, 2, 3]);
  });

  it('is called with events of its types, one after the other, and awaited', async () => {
    const mailer = new Mailer(() => new Promise((resolve) => setTimeout(resolve, 2)));
    await start(mailer);
    const log = openLog(database.url);
    const events = [new Deposited({ amount: 1 }), new PriceSet({ price: 1 }), new Withdrawn({ amount: 1 })];
    for (let stream = 0; stream < 20; stream += 1) {
      await log.append(append([write(`account-${stream}`, 0, events)])).result;
    }
    await log.close();
    await mailer.hears(58);
    expect(mailer.heard).toEqual(Array.from({ length: 20 }, (_, index) => 3 * index + 1));
    expect(mailer.mostAtOnce).toBe(1);
  });

  it('goes on after the last event that it has handled', async () => {
    const [before, after] = [new Mailer(), new Mailer()];
    const first = await start(before);
    await deposit(3);
    await before.hears(3);
    await stop(first);
    await deposit(2);
    await start(after);
    await after.hears(5);
    expect(after.heard).toEqual([4, 5]);
  });

  it('can read the position of an event and the actor who caused it', async () => {
    const contexts: unknown[] = [];
    const records: unknown[] = [];
    const mailer = new Mailer((_, event) => {
      contexts.push(currentMessageContext());
      const { stream, version, metadata } = recordOf(event);
      records.push({ stream, version, metadata });
    });
    await start(mailer);
    await deposit(1);
    await mailer.hears(1);
    const [row] = await database.rows();
    const { correlationId, actor } = METADATA;
    expect(contexts).toMatchObject([{ correlationId, causationId: row?.id, actor }]);
    expect(records).toEqual([{ stream: 'account-1', version: 1, metadata: METADATA }]);
    expect(() => recordOf(new Deposited({ amount: 1 }))).toThrow('was not delivered');
  });

  it('is called again with the event that failed, and with no other event of the stream meanwhile', async () => {
    const attempts: number[] = [];
    const mailer = new Mailer((position) => {
      attempts.push(position);
      if (position === 3 && attempts.filter((at) => at === 3).length < 3) throw new Error('no post today');
    });
    const process = await start(mailer);
    await deposit(5);
    await mailer.hears(5);
    expect(attempts).toEqual([1, 2, 3, 3, 3, 4, 5]);
    expect(process.logged.filter((line) => line.includes('no post today'))).toHaveLength(2);
  });

  it('misses no event while its process and its connections come and go', async () => {
    let listener = new Mailer();
    let process = await start(listener);
    const heard = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      await deposit(10);
      await database.kill('command');
      await database.kill('event-log follow');
      if (round % 2 === 1) {
        for (const position of listener.heard) heard.add(position);
        await stop(process);
        listener = new Mailer();
        process = await start(listener);
      }
    }
    await deposit(1);
    await listener.hears(61);
    for (const position of listener.heard) heard.add(position);
    expect([...heard].sort((a, b) => a - b)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
    expect(listener.heard).toEqual([...listener.heard].sort((a, b) => a - b));
  });

  it('gets an event again if its checkpoint may not have been written', async () => {
    const proxy = await LossyProxy.before(database.url);
    const mailer = new Mailer();
    const process = await start(mailer, proxy.url);
    const swallowed = proxy.swallowAnswerTo('move checkpoint');
    await deposit(1);
    await swallowed;
    await deposit(1);
    await mailer.hears(2);
    // It was written, as it turned out.
    expect(mailer.heard).toEqual([1, 2]);
    await stop(process);
    await proxy.close();
  });
});
