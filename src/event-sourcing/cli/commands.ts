import { acceptLoss } from '../runner/accept-loss.js';
import { ParkedItems } from '../runner/parked-items.js';
import { StoredHandlers } from '../runner/stored-handlers.js';
import type { ParkedItem, ParkedItemPlace, SubscriptionStatus } from '../runner/subscription-status.js';
import { isUuid } from '../runtime/new-id.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import { CliError, EXIT } from './cli-error.js';
import type { Parameters } from './parameters.js';
import { percentOf, rebuildReport } from './rebuild.js';
import { statusesOf, type Command, type Report } from './report.js';
import { duration, table } from './table.js';

/** A parked item with the handler that it is parked for. */
interface FoundItem extends ParkedItem {
  readonly handler: string;
}

/** All commands, by their names. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  status: { names: [0, 0], run: async (databases) => statusReport(await statusesOf(databases)) },
  parked: { names: [0, 1], run: async (databases, [name]) => parkedReport(await parkedOf(databases, name)) },
  retry: {
    names: [1, 2],
    check: checkWhich,
    run: (databases, names) => changeParked(databases, names, 'retry'),
  },
  drop: {
    names: [1, 2],
    check: checkWhich,
    run: (databases, names) => changeParked(databases, names, 'drop'),
  },
  rebuild: {
    names: [1, 1],
    run: (databases, [name = ''], _, onProgress) => rebuildReport(databases, name, onProgress),
  },
  partition: {
    names: [2, 2],
    needs: 'the name of a handler and the number of its partitions',
    check: ([, count = '']) => {
      if (/^\d+$/.test(count)) return;
      throw new CliError(`"${count}" is not a number of partitions.`, EXIT.misused);
    },
    run: async (databases, [name = '', count]) => partitionReport(databases, name, Number(count)),
  },
  rename: {
    names: [2, 2],
    needs: 'the name of a handler and its new name',
    check: ([name, to]) => {
      if (name === to) throw new CliError(`"${name ?? ''}" already has this name.`, EXIT.misused);
    },
    run: async (databases, [name = '', to = '']) => {
      await new StoredHandlers(databases).rename(name, to);
      return { text: `Renamed "${name}" to "${to}".`, json: { renamed: name, to } };
    },
  },
  remove: {
    names: [1, 1],
    run: async (databases, [name = '']) => {
      const removed = await new StoredHandlers(databases).drop(name);
      return { text: `Removed "${name}": ${removed}.`, json: { removed: name } };
    },
  },
  clear: {
    names: [1, 1],
    run: async (databases, [name = '']) => {
      const rows = await new StoredHandlers(databases).clear(name);
      return {
        text: `Cleared "${name}": ${rows} rows. It begins again at the first event.`,
        json: { cleared: name, rows },
      };
    },
  },
  'accept-loss': {
    names: [0, 0],
    run: async (databases) => {
      const { cleared, after } = await acceptLoss(databases);
      const views = cleared.length > 0 ? cleared.join(', ') : 'none';
      const text =
        `The event log takes events again, after position ${after}. Cleared projections: ${views}. ` +
        'Restart all processes.';
      return { text, json: { after, cleared } };
    },
  },
};

function statusReport(statuses: readonly SubscriptionStatus[]): Report {
  const rows = statuses.flatMap((status) => {
    const { name, kind, state, position, lag, lagSeconds, parked, tables, rebuild, partitions } = status;
    const shown = rebuild ? `${state} ${percentOf(rebuild)} %` : state;
    return [
      [name, kind, shown, position, lag, duration(lagSeconds), parked, tables.join(', ')],
      ...partitions.map((one, index) => [
        ...[`  ${index} of ${partitions.length}`, 'partition', one.state, one.position, one.lag],
      ]),
    ];
  });
  const head = `Head of the log: ${statuses[0]?.head ?? 0}`;
  const columns = ['name', 'kind', 'state', 'position', 'lag', 'behind', 'parked', 'tables'];
  return { text: `${table(columns, rows)}\n\n${head}`, json: statuses };
}

async function partitionReport(databases: DatabasePair, name: string, count: number): Promise<Report> {
  const before = await new StoredHandlers(databases).partition(name, count);
  const text =
    before === count
      ? `"${name}" has ${count} partition(s) already.`
      : `"${name}" has ${count} partition(s) now, and had ${before}. Running processes take them within seconds.`;
  return { text, json: { handler: name, partitions: count, before } };
}

/** @param name of one handler; `undefined` for all */
async function parkedOf(databases: DatabasePair, name: string | undefined): Promise<FoundItem[]> {
  const names =
    name === undefined
      ? (await statusesOf(databases)).filter(({ parked }) => parked > 0).map((status) => status.name)
      : [name];
  const found: FoundItem[] = [];
  for (const handler of names)
    for (const item of await itemsOf(databases, handler)) found.push({ handler, ...item });
  return found;
}

/** @throws CliError if there is no such handler */
async function itemsOf(databases: DatabasePair, name: string): Promise<ParkedItem[]> {
  const items: ParkedItem[] = [];
  const parked = new ParkedItems(databases);
  for (let place: ParkedItemPlace | null | undefined; place !== null;) {
    const page = await parked.list(name, place);
    if (!page) throw new CliError(`There is no handler "${name}".`);
    items.push(...page.items);
    place = page.next;
  }
  return items;
}

function parkedReport(items: readonly FoundItem[]): Report {
  const rows = items.map(({ handler, id, type, stream, attempts, parkedAt, retryAt, error }) => [
    ...[handler, id, type, stream ?? '-', attempts, parkedAt.toISOString()],
    ...[retryAt?.toISOString() ?? (attempts > 0 ? 'never' : 'waits'), error?.split('\n', 1)[0] ?? ''],
  ]);
  const columns = ['handler', 'id', 'type', 'stream', 'attempts', 'parked at', 'next attempt', 'error'];
  return { text: items.length > 0 ? table(columns, rows) : 'Nothing is parked.', json: items };
}

function checkWhich([, id]: readonly string[], { all }: Parameters): void {
  if ((id === undefined) === all) return;
  throw new CliError(
    'Give either the id of an event or command that "parked" lists, or --all. ' +
      'To remove a handler that no longer exists, use "remove".',
    EXIT.misused,
  );
}

/** Retries or drops one parked item, or all of a handler. */
async function changeParked(
  databases: DatabasePair,
  [name = '', id]: readonly string[],
  action: 'retry' | 'drop',
): Promise<Report> {
  const ids = id === undefined ? (await itemsOf(databases, name)).map((item) => item.id) : [id];
  // A dropped event makes the next one of its key due. With the last one first, no listed event becomes due.
  if (action === 'drop') ids.reverse();
  const parked = new ParkedItems(databases);
  const changed: string[] = [];
  for (const one of ids) if (isUuid(one) && (await parked[action](name, one))) changed.push(one);
  if (id !== undefined && changed.length === 0)
    throw new CliError(`Nothing with the id ${id} is parked for "${name}". "parked ${name}" lists what is.`);
  const done = action === 'retry' ? 'Retries' : 'Dropped';
  return {
    text: `${done} ${changed.length} of "${name}".`,
    json: { handler: name, [action === 'retry' ? 'retried' : 'dropped']: changed },
  };
}
