import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { CartOpened } from '../../src/cart/domain/cart.events.js';
import { ProductRegistered } from '../../src/catalog/domain/product.events.js';
import type { DomainEvent, EventLog } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { openLog } from '../support/event-log.js';
import { quantile } from '../support/statistics.js';
import { table } from '../support/table.js';
import { Member, type MemberDatabases } from './members.js';

const MEMBERS = 2;
const POLL_MS = 10;
const PATIENCE_MS = 60_000;
/** What a service of two processes holds. */
const SUBSCRIPTIONS = 4;
/** Longer than any lease. */
const A_LEASE = `interval '5 s'`;

const KINDS = {
  SIGKILL: (victim: Member) => {
    victim.kill();
  },
  'half-open connections': (victim: Member) => {
    victim.drop();
  },
};

type Kind = keyof typeof KINDS;

/** How long what one process held had nobody to look after it, in milliseconds. */
interface TakeOver {
  readonly handlers: readonly number[];
  readonly commands: number;
}

/** How long it takes until another process goes on with what one that died, or was cut off, has held. */
export async function takeOverBench(context: BenchContext): Promise<string> {
  const { server, rounds, say } = context;
  const databases = {
    command: await server.createDatabase('command'),
    query: await server.createDatabase('query'),
  };
  await migrate(commandDataSource(databases.command));
  await migrate(queryDataSource(databases.query));
  const scene = new Scene(context, databases);
  try {
    const found = new Map<Kind, TakeOver[]>();
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`);
      for (const kind of Object.keys(KINDS) as Kind[]) {
        found.set(kind, [...(found.get(kind) ?? []), await scene.play(kind)]);
      }
    }
    const rows = [...found].flatMap(([kind, runs]) => [
      rowOf(
        `${kind}: handlers`,
        runs.flatMap(({ handlers }) => handlers),
      ),
      rowOf(
        `${kind}: commands`,
        runs.map(({ commands }) => commands),
      ),
    ]);
    return `From the end of a process to the first effect of another in its place, in ms\n\n${table(['', 'take-overs', 'p50', 'p99', 'max'], rows)}`;
  } finally {
    await scene.end();
  }
}

function rowOf(name: string, times: readonly number[]): string[] {
  const sorted = Float64Array.from(times).sort();
  const shown = [0.5, 0.99, 1].map((share) => Math.round(quantile(sorted, share)).toLocaleString('en'));
  return [name, String(times.length), ...shown];
}

/** Two processes of the service, of which one comes to harm again and again. */
class Scene {
  private members: Member[] = [];
  private readonly log: EventLog;
  private readonly pools: { readonly command: pg.Pool; readonly query: pg.Pool };

  constructor(
    private readonly context: BenchContext,
    private readonly databases: MemberDatabases,
  ) {
    this.log = openLog(databases.command);
    const pool = (connectionString: string): pg.Pool => new pg.Pool({ connectionString, max: 2 });
    this.pools = { command: pool(databases.command), query: pool(databases.query) };
  }

  async play(kind: Kind): Promise<TakeOver> {
    while (this.members.length < MEMBERS) this.members.push(await Member.start(this.context, this.databases));
    const victim = await this.busiest();
    const held = (await this.checkpoints()).filter(({ member }) => member === victim.id);
    const timer = await this.leaseTo(victim);
    const since = performance.now();
    KINDS[kind](victim);
    const position = await this.somethingHappens();
    const [handlers, commands] = await Promise.all([
      Promise.all(held.map(({ name }) => this.goesOn(name, position, since))),
      this.isRun(timer, since),
    ]);
    await victim.end();
    this.members = this.members.filter((member) => member !== victim);
    return { handlers, commands };
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()));
    await this.log.close();
    await Promise.all([this.pools.command.end(), this.pools.query.end()]);
  }

  /** The process that holds most, once both hold what they should. */
  private async busiest(): Promise<Member> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const holders = (await this.checkpoints()).map(({ member }) => member);
      const counted = this.members.map((member) => ({
        member,
        count: holders.filter((id) => id === member.id).length,
      }));
      const sum = counted.reduce((all, { count }) => all + count, 0);
      if (sum === SUBSCRIPTIONS && counted.every(({ count }) => count > 0)) {
        const [most] = counted.sort((a, b) => b.count - a.count);
        if (most) return most.member;
      }
      if (performance.now() > deadline) throw new Error('The processes did not share what there is.');
      await pause(POLL_MS);
    }
  }

  /** A command as the victim has it when it dies at work. */
  private async leaseTo({ id: holder }: Member): Promise<string> {
    const id = uuidv7();
    await this.pools.command.query(
      `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at, holder, leased_until)
       VALUES ($1::text, $1::uuid, 'commands', 'cart.abandon', jsonb_build_object('cartId', $1::text),
               jsonb_build_object('correlationId', $1::text, 'causationId', $1::text, 'actor', '{"type": "system", "id": null}'::jsonb),
               true, now(), $2, now() + ${A_LEASE})`,
      [id, holder],
    );
    return id;
  }

  /** Something that each handler hears of. Resolves to the position behind which it has. */
  private async somethingHappens(): Promise<number> {
    const cartId = uuidv7();
    const sku = `SKU-${cartId}`;
    const price = { amount: 100, currency: 'EUR' };
    await this.store(`product-${sku}`, new ProductRegistered({ sku, name: sku, price, active: true }));
    await this.store(`cart-${cartId}`, new CartOpened({ cartId, currency: 'EUR', customerId: null }));
    const { position } = await this.log
      .readStream(`product-${sku}`)
      .then(([event]) => event ?? { position: Number.NaN });
    return position;
  }

  private async store(stream: string, event: DomainEvent): Promise<void> {
    const id = uuidv7();
    const metadata = {
      correlationId: id,
      causationId: id,
      actor: { type: 'guest', id: null },
      commandId: id,
    };
    const events = [{ id, event, metadata }];
    const { status } = await this.log.append({
      writes: [{ stream, expectedVersion: 0, occurredAt: new Date(), events }],
      conditions: [],
    }).result;
    if (status !== 'appended') throw new Error(`An event could not be stored: ${status}.`);
  }

  private async goesOn(name: string, position: number, since: number): Promise<number> {
    return this.waitFor(`"${name}" was not taken over`, since, async () => {
      const found = (await this.checkpoints()).find((one) => one.name === name);
      return (found?.position ?? 0) >= position;
    });
  }

  private async isRun(id: string, since: number): Promise<number> {
    return this.waitFor('The command was not run', since, async () => {
      const { rowCount } = await this.pools.command.query('SELECT FROM durable_command WHERE id = $1', [id]);
      return rowCount === 0;
    });
  }

  private async waitFor(complaint: string, since: number, isThere: () => Promise<boolean>): Promise<number> {
    while (!(await isThere())) {
      if (performance.now() - since > PATIENCE_MS)
        throw new Error(`${complaint} within ${PATIENCE_MS / 1_000} s.`);
      await pause(POLL_MS);
    }
    return performance.now() - since;
  }

  private async checkpoints(): Promise<{ name: string; member: string | null; position: number }[]> {
    const looks = Object.values(this.pools).map((pool) =>
      pool.query<{ name: string; member: string | null; position: number }>(
        'SELECT name, member, position::float8 AS position FROM checkpoint',
      ),
    );
    return (await Promise.all(looks)).flatMap(({ rows }) => rows);
  }
}
