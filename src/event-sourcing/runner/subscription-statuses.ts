import { ENQUEUED } from '../commands/durable-commands.js';
import type { EventLog } from '../log/event-log.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import * as sql from './subscription-admin.sql.js';
import type { DataSources } from '../subscriptions/data-sources.js';
import type { SubscriptionRunner } from './subscription-runner.js';
import { stateOf, type StoredStatus, type SubscriptionStatus } from './subscription-status.js';
import type { SubscriptionKind } from '../subscriptions/subscription-options.js';
import type { Subscription } from '../subscriptions/subscription.js';

/** Reads the status of all subscriptions, with those that only other processes have, and those that no process has. */
export class SubscriptionStatuses {
  constructor(
    private readonly runner: SubscriptionRunner,
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly dataSources: DataSources,
  ) {}

  async read(): Promise<SubscriptionStatus[]> {
    const here = new Map(this.runner.subscriptions.map((one) => [one.options.name, one]));
    const stored = await this.stored([...here.values()]);
    // Read after the checkpoints, so that none seems to be ahead of it. Events that are not settled yet count as lag.
    const { position: head } = await this.settled.top();
    const names = [...new Set([...here.keys(), ENQUEUED, ...stored.keys()])];
    const positions = names.map((name) => positionOf(name, here.get(name), stored.get(name), head));
    const ages = await this.ages([...new Set(positions)], head);
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
      };
    });
  }

  private async stored(here: readonly Subscription[]): Promise<ReadonlyMap<string, StoredStatus>> {
    const namesOf = (isProjection: boolean): string[] =>
      here
        .filter(({ options }) => (options.kind === 'projection') === isProjection)
        .map(({ options }) => options.name);
    const { command, query } = this.dataSources;
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
    here: Subscription | undefined,
    stored: StoredStatus | undefined,
  ): SubscriptionStatus['state'] {
    const { failure } = this.settled;
    // A process that runs no handlers only knows whether its code is outdated.
    const isKnown = this.runner.runsHandlers || failure !== undefined;
    return stateOf(stored, isKnown ? here?.state : undefined);
  }

  /** All processes with the role run stored commands, without a lease. */
  private stateOfCommands(stored: StoredStatus | undefined): SubscriptionStatus['state'] {
    const { commandsState } = this.runner;
    const isRun = commandsState === 'running' || (stored?.states ?? []).includes('running');
    return stateOf(stored && { ...stored, isHeld: isRun }, commandsState);
  }

  private async ages(positions: readonly number[], head: number): Promise<ReadonlyMap<number, number>> {
    const { rows } = await this.log.query<{ position: number; seconds: number }>(sql.AGES, [positions, head]);
    return new Map(rows.map(({ position, seconds }) => [position, seconds]));
  }
}

function kindOf(here: Subscription | undefined, stored: StoredStatus | undefined): SubscriptionKind {
  return here?.options.kind ?? stored?.kind ?? 'handler';
}

/**
 * A subscription that has never run is where it will begin. One that runs here is where it has delivered events: its checkpoint may be
 * behind while it has nothing to write. Enqueued commands follow no events.
 */
function positionOf(
  name: string,
  here: Subscription | undefined,
  stored: StoredStatus | undefined,
  head: number,
): number {
  if (name === ENQUEUED) return head;
  const position = stored?.position ?? (here?.options.startAt === 'beginning' ? 0 : head);
  if (here?.state !== 'running') return position;
  // It may have gone on since the head was read.
  return Math.min(Math.max(position, here.position), head);
}
