import { ENQUEUED } from '../commands/durable-commands.js';
import { RebuildRecords, type RebuildProgress } from '../projections/rebuild-records.js';
import * as sql from './subscription-admin.sql.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import {
  stateOf,
  type PartitionStatus,
  type StoredStatus,
  type SubscriptionStatus,
} from './subscription-status.js';
import type { SubscriptionKind } from '../subscriptions/subscription-options.js';
import type { SubscribedHandler } from '../subscriptions/subscribed-handler.js';
import type { Subscription } from '../subscriptions/subscription.js';

/** What one process knows beside the databases. */
export interface LocalSubscriptions {
  readonly subscriptions: readonly SubscribedHandler[];
  /** Whether the states of the subscriptions count: not in a process that runs no handlers and follows the log. */
  readonly knowsStates: boolean;
  /** How the process stands as a runner of stored commands; `undefined` if it runs none. */
  readonly commandsState: 'running' | 'outdated' | undefined;
}

/** A program that has no handlers, such as the command line. */
const NOTHING_HERE: LocalSubscriptions = {
  subscriptions: [],
  knowsStates: false,
  commandsState: undefined,
};

/** Reads the status of all subscriptions, with those that only other processes have, and those that no process has. */
export class SubscriptionStatuses {
  /** @param local what this process runs */
  constructor(
    private readonly databases: DatabasePair,
    private readonly local: LocalSubscriptions = NOTHING_HERE,
  ) {}

  async read(): Promise<SubscriptionStatus[]> {
    const here = new Map(this.local.subscriptions.map((one) => [one.options.name, one]));
    const stored = await this.stored([...here.values()]);
    // Read after the checkpoints, so that none seems to be ahead of it. Events that are not settled yet count as lag.
    const head = await this.head();
    const names = [...new Set([...here.keys(), ENQUEUED, ...stored.keys()])];
    const places = names.map((name) => placesOf(name, here.get(name), stored.get(name), head));
    const positions = places.map((all) => Math.min(...all));
    const ages = await this.ages([...new Set(positions)], head);
    const rebuilds = await this.rebuilds(stored);
    return names.map((name, index) => {
      const [found, position] = [stored.get(name), positions[index] ?? head];
      return {
        name,
        kind: kindOf(here.get(name), found),
        position,
        head,
        lag: Math.max(head - position, 0),
        lagSeconds: ages.get(position) ?? 0,
        state: name === ENQUEUED ? this.stateOfCommands(found) : this.stateOf(here.get(name), found),
        parked: found?.parked ?? 0,
        rebuilding: found?.isRebuilt ?? false,
        rebuild: rebuilds.get(name) ?? null,
        tables: here.get(name)?.options.views ?? found?.views ?? [],
        partitions: (found?.partitions ?? []).map(({ isHeld }, nr): PartitionStatus => {
          const place = places[index]?.[nr] ?? position;
          return { position: place, lag: Math.max(head - place, 0), state: isHeld ? 'running' : 'waiting' };
        }),
      };
    });
  }

  private async stored(here: readonly SubscribedHandler[]): Promise<ReadonlyMap<string, StoredStatus>> {
    const namesOf = (isProjection: boolean): string[] =>
      here
        .filter(({ options }) => (options.kind === 'projection') === isProjection)
        .map(({ options }) => options.name);
    const { command, query } = this.databases;
    const [ofHandlers, ofProjections] = (await Promise.all([
      command.query(sql.STATUSES_WITH_COMMANDS, [[...namesOf(false), ENQUEUED]]),
      query.query(sql.STATUSES, [namesOf(true)]),
    ])) as [StoredStatus[], StoredStatus[]];
    // If both data sources lead to one database, both queries read the same tables.
    return new Map(
      [
        ...ofHandlers.filter(({ kind }) => kind !== 'projection'),
        ...ofProjections.map((one): StoredStatus => ({ ...one, kind: one.kind ?? 'projection' })),
      ].map((one) => [one.name, one]),
    );
  }

  private stateOf(
    here: SubscribedHandler | undefined,
    stored: StoredStatus | undefined,
  ): SubscriptionStatus['state'] {
    return stateOf(stored, this.local.knowsStates ? here?.state : undefined);
  }

  /** All processes with the role run stored commands, without a lease. */
  private stateOfCommands(stored: StoredStatus | undefined): SubscriptionStatus['state'] {
    const { commandsState } = this.local;
    const isRun = commandsState === 'running' || (stored?.states ?? []).includes('running');
    return stateOf(stored && { ...stored, isHeld: isRun }, commandsState);
  }

  private async rebuilds(
    stored: ReadonlyMap<string, StoredStatus>,
  ): Promise<ReadonlyMap<string, RebuildProgress>> {
    const records = new RebuildRecords(this.databases.query);
    const found = new Map<string, RebuildProgress>();
    for (const [name, { isRebuilt }] of stored) {
      const progress = isRebuilt && (await records.progress(name));
      if (progress) found.set(name, progress);
    }
    return found;
  }

  /** The last committed position, settled or not. */
  private async head(): Promise<number> {
    const [top]: { position: number }[] = await this.databases.command.query(sql.HEAD);
    return top?.position ?? 0;
  }

  private async ages(positions: readonly number[], head: number): Promise<ReadonlyMap<number, number>> {
    const rows: { position: number; seconds: number }[] = await this.databases.command.query(sql.AGES, [
      positions,
      head,
    ]);
    return new Map(rows.map(({ position, seconds }) => [position, seconds]));
  }
}

function kindOf(here: SubscribedHandler | undefined, stored: StoredStatus | undefined): SubscriptionKind {
  return here?.options.kind ?? stored?.kind ?? 'handler';
}

/**
 * Where the partitions of a handler are, in the order of their indexes; one place if it is not split. A handler that has
 * never run is where it will begin. Enqueued commands follow no events.
 */
function placesOf(
  name: string,
  here: SubscribedHandler | undefined,
  stored: StoredStatus | undefined,
  head: number,
): number[] {
  if (name === ENQUEUED) return [head];
  const start = stored?.position ?? (here?.options.startAt === 'beginning' ? 0 : head);
  const places = stored && stored.partitions.length > 0 ? stored.partitions : [{ position: start }];
  const subscriptions = here?.partitions.length === places.length ? here.partitions : [];
  return places.map(({ position }, index) => placeOf(position, subscriptions[index], head));
}

/**
 * A subscription that runs here is where it has delivered events: its checkpoint may be behind while it has nothing to
 * write.
 */
function placeOf(position: number, here: Subscription | undefined, head: number): number {
  if (here?.state !== 'running') return position;
  // It may have gone on since the head was read.
  return Math.min(Math.max(position, here.position), head);
}
