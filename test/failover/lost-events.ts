import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checkViews } from '../chaos/checks/check-views.js';
import { inTime } from '../lifecycle/conditions.js';
import { column } from '../lifecycle/embedded-database.js';
import { Adders } from './adders.js';
import { Check, type Findings } from './check.js';
import { complaintsOf, LossyStage } from './lossy-stage.js';

const run = promisify(execFile);
const BEFORE_MS = 1_000;
const CUT_OFF_MS = 2_000;
const PATIENCE_MS = 60_000;
const SHOPPERS = 8;

/** The view of carts, and how far its checkpoint is. */
const PROGRESS = `SELECT position::float8 FROM checkpoint WHERE name = 'carts'`;

/** An asynchronous standby is promoted without the last events, under load. */
export async function loseEvents(folder: string): Promise<Findings> {
  const check = new Check();
  const stage = await LossyStage.set(folder);
  try {
    const adders = new Adders();
    await adders.begin(stage.services, SHOPPERS);
    await sleep(BEFORE_MS);
    stage.pair.cutStandbyOff();
    await sleep(CUT_OFF_MS);
    await stage.pair.killAndPromote();
    stage.pair.leadTo(stage.pair.standby);
    const stoppedMs = await stage.untilNoneIsReady();
    const closedAt = Date.now();
    await sleep(BEFORE_MS);
    await adders.end();
    const lost = await lostIn(stage, adders);
    check.that('the standby lacked events', lost > 0);
    const late = adders.acknowledged.filter(({ sentAt }) => sentAt > closedAt);
    check.that('nothing is acknowledged after all have stopped', late.length === 0, { late });
    const late2 = lateOf(stage, adders);
    check.that('a service acknowledges nothing after its failed check', late2.length === 0, { late: late2 });
    await expectStopped(stage, check);
    await acceptLoss(stage, check);
    const answers = Object.fromEntries(adders.answers);
    const figures = { acknowledged: adders.acknowledged.length, lost, 'stopped after ms': stoppedMs };
    return { violations: check.violations, figures: { ...figures, ...prefixed('answers ', answers) } };
  } finally {
    await stage.clear();
  }
}

/** How many acknowledged adds the promoted log lacks. */
async function lostIn({ pair }: LossyStage, adders: Adders): Promise<number> {
  const url = pair.standby.url('command');
  const stored = await column<string>(url, `SELECT stream || ' ' || version FROM event_log`);
  const there = new Set(stored);
  return adders.acknowledged.filter(({ cartId, version }) => !there.has(`cart-${cartId} ${version}`)).length;
}

/** Adds that a service has acknowledged although it had said before that the log has failed. */
function lateOf({ services }: LossyStage, { acknowledged }: Adders): unknown[] {
  return services.flatMap((service, number) => {
    const [failure] = complaintsOf(service);
    return acknowledged.filter((add) => add.service === number && failure && add.sentAt > failure.time);
  });
}

/** Each process stays, refuses everything, and says why once. A new one does not start. */
async function expectStopped(stage: LossyStage, check: Check): Promise<void> {
  for (const service of stage.services) {
    const complaints = complaintsOf(service).map(({ msg }) => msg);
    // Handlers may have failed at the server that was killed.
    const reasons = complaints.filter((message) => !message.endsWith(' failed and will be retried.'));
    const isClear =
      reasons.length === 1 && /no longer be followed: .* has lost events/.test(reasons[0] ?? '');
    check.that('one line says why', isClear, { complaints });
    for (const path of ['/v1/carts', '/v1/products', '/v1/products/MUG-1', '/v1/events']) {
      const { status, body } = await service.http.get<{ code?: string }>(path);
      check.that('reads are refused', status === 503 && body.code === 'OVERLOADED', { path, status });
    }
    const opened = await service.http.send('POST', '/v1/carts', { body: { currency: 'EUR' } });
    check.that('commands are refused', opened.status === 503, { opened });
    const statuses = await Promise.all(
      ['/health/live', '/health/ready', '/metrics', '/v1/projections'].map((path) => service.http.get(path)),
    );
    const isMeasured = statuses.some(({ text }) => /^cartwright_log_lost_events 1$/m.test(text));
    check.that('a metric says so', isMeasured, {});
    const found = statuses.map(({ status }) => status);
    check.that('operators see its state', found.join() === '200,503,200,200', { found });
  }
  const { code, stderr } = await stage.launch().ended;
  const isOneLine = /^The event log has lost events: [^\n]*"npm run handlers -- accept-loss"[^\n]*\n$/.test(
    stderr,
  );
  check.that('a start is refused in one line', code === 1 && isOneLine, { code, stderr });
}

/** The way out, as the documents describe it. */
async function acceptLoss(stage: LossyStage, check: Check): Promise<void> {
  await stage.dismiss();
  await run(process.execPath, [resolve('dist/handlers.js'), 'accept-loss'], {
    env: { ...process.env, ...stage.environment() },
  });
  const service = await stage.launch().ready();
  const cart = await service.shop.open();
  const added = await service.shop.add(cart.id, { sku: 'MUG-1' });
  check.that('the service takes commands again', added.status < 300, { added });
  const replayed = await stage.launch('from_zero').ready();
  const [head = 0] = await column<number>(
    stage.pair.url('command'),
    'SELECT max(position)::float8 FROM event_log',
  );
  for (const database of ['query', 'from_zero']) {
    await inTime(PATIENCE_MS, `the views in ${database}`, async () => {
      const [position = 0] = await column<number>(stage.views.url(database), PROGRESS);
      return position >= head;
    });
  }
  for (const one of [service, replayed]) {
    const { code, stderr } = await one.stop();
    check.that('it ends in good order', code === 0 && stderr === '', { code, stderr });
  }
  check.violations.push(...(await checkViews(stage.views.url('query'), stage.views.url('from_zero'))));
}

function prefixed(prefix: string, figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
}
