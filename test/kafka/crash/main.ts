import { setTimeout as sleep } from 'node:timers/promises';
import { loadavg } from 'node:os';
import { Command, Option } from 'commander';
import { SeededRandom } from '../../chaos/seeded-random.js';
import { inTime } from '../../lifecycle/conditions.js';
import { KafkaReader } from '../../support/kafka-topic.js';
import { wholeNumber } from '../../support/whole-number.js';
import { check, type Findings } from './check.js';
import { killBeforeCheckpoint, killBroker, killService } from './faults.js';
import { Load } from './load.js';
import { Stage } from './stage.js';
import { measure } from './throughput.js';

const TOPICS = ['cartwright.cart', 'cartwright.product'];
const LONG_MS = 600_000;
const PACE_MS = 1_000;

interface Line {
  readonly events: number;
  readonly kills: number;
  readonly outage: number;
  readonly seed: number;
}

const option = (flags: string, text: string, value: number): Option =>
  new Option(flags, text).argParser(wholeNumber()).default(value);

const line = new Command('test:kafka')
  .description('Kills the broker and the service under load, and compares what Kafka has with the log.')
  .addOption(option('--events <number>', 'events that the log has at least', 3_000))
  .addOption(option('--kills <number>', 'SIGKILLs of the broker, and as many of the service', 2))
  .addOption(option('--outage <seconds>', 'how long the broker is away at the end', 15))
  .addOption(option('--seed <number>', 'repeats a round', Date.now() % 2 ** 32))
  .parse()
  .opts<Line>();

const say = (text: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
};

/** Once there are enough events, the rest of the round needs only some more. */
async function slowDown(stage: Stage, load: Load, events: number): Promise<void> {
  load.isSlow ||= (await stage.count()) >= events;
}

/** @returns what is wrong while the broker is away */
async function outage(stage: Stage, seconds: number): Promise<string[]> {
  await stage.broker.kill();
  const until = performance.now() + seconds * 1_000;
  await inTime(LONG_MS, 'the relay to be retrying', async () => (await stateOf(stage)) === 'retrying');
  const violations: string[] = [];
  while (performance.now() < until) await sleep(100);
  if ((await stateOf(stage)) !== 'retrying')
    violations.push('The relay is not retrying while the broker is away.');
  if ((await stage.service.http.get('/health/ready')).status !== 200)
    violations.push('The service is not ready while the broker is away.');
  if ((await stage.parked()) !== 0) violations.push('The relay has parked events while the broker was away.');
  await stage.broker.restart();
  return violations;
}

async function stateOf(stage: Stage): Promise<string | undefined> {
  const { body } =
    await stage.service.http.get<{ readonly name: string; readonly state: string }[]>('/v1/projections');
  return body.find(({ name }) => name === 'kafka')?.state;
}

async function round(stage: Stage, { events, kills, seed, outage: seconds }: Line): Promise<Findings> {
  await stage.launch();
  const load = new Load(() => stage.origin);
  const pace = setInterval(() => {
    // The next look tries again.
    slowDown(stage, load, events).catch(() => undefined);
  }, PACE_MS);
  await Promise.all([
    killBroker(stage, kills, new SeededRandom(seed)),
    // One of the kills is the forced one.
    killService(stage, Math.max(kills - 1, 0), new SeededRandom(seed + 1)),
  ]);
  say(
    `killed the broker ${kills} times, the service ${Math.max(kills - 1, 0)} times; ${await stage.count()} events`,
  );
  if (kills > 0) {
    await killBeforeCheckpoint(stage);
    say('killed the service between the acknowledgement of the broker and the checkpoint');
  }
  const violations = seconds > 0 ? await outage(stage, seconds) : [];
  if (seconds > 0)
    say(`${seconds} s without broker: ${await stage.parked()} parked; ${await stage.count()} events`);
  await inTime(LONG_MS, `${events} events`, async () => (await stage.count()) >= events);
  clearInterval(pace);
  await load.end();
  await stage.relayCatchesUp();
  const reader = await KafkaReader.start(stage.broker.address, TOPICS);
  const log = await stage.events();
  await reader.readsAll(log.length);
  const findings = check(log, reader.records);
  await reader.stop();
  if ((await stage.parked()) !== 0) violations.push('Events are parked.');
  if (kills > 0 && findings.repeats === 0)
    violations.push('No record came twice, so the service was not killed before the checkpoint.');
  return { ...findings, violations: [...violations, ...findings.violations] };
}

say(
  `seed ${line.seed}, load of the machine ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`,
);
const stage = await Stage.set();
try {
  const { violations, ...counts } = await round(stage, line);
  for (const violation of violations.slice(0, 20)) say(violation);
  say(JSON.stringify(counts));
  say(await measure(stage));
  say(
    `load of the machine ${loadavg()
      .map((each) => each.toFixed(1))
      .join(' ')}`,
  );
  say(
    `Kafka: ${counts.events} events, ${line.kills} kills of the broker and ${line.kills} of the service: ` +
      `${counts.lost} lost, ${counts.repeats} repeats, ${violations.length} violations; --seed ${line.seed} repeats it.`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await stage.clear();
}
