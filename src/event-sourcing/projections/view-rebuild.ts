import type { DataSource, QueryRunner } from 'typeorm';
import { newId } from '../runtime/new-id.js';
import { sqlState } from '../postgres/database-errors.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { Checkpoints } from '../subscriptions/checkpoints.js';
import { Intake } from '../subscriptions/intake.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { ProjectionDelivery } from './projection-delivery.js';
import { besideOf, LOCK, placesOf, schemaOf } from './rebuild-schema.js';
import {
  Subscription,
  type SubscriptionObserver,
  type SubscriptionOptions,
} from '../subscriptions/subscription.js';
import { ViewTable } from './view-table.js';
import type { ViewRows } from './view-rows.js';

const POLL_MS = 20;
/** Nobody keeps this claim from being taken: it lies in a schema that nobody else looks at. */
const NO_LEASE_MS = 0;
/** Readers and writers of the view wait no longer than that for the swap while it waits for somebody else. */
const LOCK_MS = 250;
/** What the old view is ahead by at that moment is folded within. */
const CATCH_UP_MS = 1_000;
/** They have their turn before it is tried again. */
const BETWEEN_TRIES_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** What is to be built anew, and with what. */
export interface RebuildPlan {
  readonly options: SubscriptionOptions;
  /** The rows in the query database. */
  readonly rows: ViewRows;
  readonly settled: SettledLog;
  readonly retry: RetryPolicy;
  readonly observer: SubscriptionObserver;
}

/** The tables that belong to the checkpoint of a projection. */
const STANDING = ['checkpoint', 'parked_event'] as const;

/**
 * Builds the views of a projection anew beside those that are there: in a schema of its own, with a checkpoint of its own, from the first event on.
 * When it has caught up it takes the other's place in one transaction, so readers see the old view up to that moment and
 * the new one from then on, and never one that is half done. No row is copied for that, so it takes no longer for a large view. A process
 * that dies leaves the old view as it was.
 */
export class ViewRebuild {
  private stopping = false;

  private constructor(
    private readonly plan: RebuildPlan,
    private readonly schema: string,
    private readonly beside: DataSource,
    private readonly session: QueryRunner,
    private readonly tables: readonly ViewTable[],
    /** Checkpoints and parked events of the views that are there. */
    private readonly old: { readonly checkpoint: string; readonly parked: string },
  ) {}

  /** @returns `undefined` where the view is being built anew already, by whatever process */
  static async begin(plan: RebuildPlan): Promise<ViewRebuild | undefined> {
    const schema = schemaOf(plan.options.name);
    const { dataSource, views } = plan.rows;
    const places = await placesOf(dataSource, [...STANDING, ...views.map(({ table }) => table)]);
    const [checkpoint, parked, ...tables] = places.map((place) => ({
      place,
      path: `${place.schema}.${place.table}`,
    }));
    if (!checkpoint || !parked) throw new Error('The query database has no checkpoints.');
    const beside = await (await besideOf(dataSource, schema)).initialize();
    try {
      const session = beside.createQueryRunner();
      const [row] = (await session.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`, [
        plan.options.name,
      ])) as { locked: boolean }[];
      if (row?.locked) {
        const viewTables = tables.map(({ place }) => new ViewTable(session, place, schema));
        const old = { checkpoint: checkpoint.path, parked: parked.path };
        return new ViewRebuild(plan, schema, beside, session, viewTables, old);
      }
      await session.release();
    } catch (error) {
      await beside.destroy();
      throw error;
    }
    await beside.destroy();
    return undefined;
  }

  /** Resolves to whether the new view has taken its place; not when it was stopped before. */
  async run(): Promise<boolean> {
    try {
      await this.prepare();
      const { subscription, held } = await this.follow();
      const failed = new Promise<never>((_, reject) => {
        held.catch(reject);
      });
      return await Promise.race([this.takePlace(subscription, held), failed]);
    } finally {
      this.stopping = true;
      await this.leave();
    }
  }

  /** The old view stays. */
  stop(): void {
    this.stopping = true;
  }

  private async leave(): Promise<void> {
    try {
      if (this.session.isTransactionActive) await this.session.rollbackTransaction();
      await this.session.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    } finally {
      // The lock goes with the session.
      await this.session.release();
      await this.beside.destroy();
    }
  }

  private async prepare(): Promise<void> {
    const { options, settled } = this.plan;
    // A process that died may have left one behind.
    await this.session.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    await this.session.query(`CREATE SCHEMA ${this.schema}`);
    await this.assertBeside();
    const { checkpoint, parked } = this.old;
    await this.session.query(`CREATE TABLE ${this.schema}.checkpoint (LIKE ${checkpoint} INCLUDING ALL)`);
    await this.session.query(`CREATE TABLE ${this.schema}.parked_event (LIKE ${parked} INCLUDING ALL)`);
    for (const table of this.tables) await table.createBeside();
    const checkpoints = new Checkpoints(this.beside);
    const owner = { name: options.name, kind: options.kind };
    await checkpoints.create([owner], settled.identity, { position: 0, eventId: null });
  }

  /** Otherwise all that follows would be done to the view that is there: `options` in a URL go before those that are given beside it. */
  private async assertBeside(): Promise<void> {
    const [row] = (await this.session.query('SELECT current_schema() AS schema')) as { schema: string }[];
    if (row?.schema !== this.schema)
      throw new Error(
        'The URL of the query database sets options; give them as `extra.options` of the data source.',
      );
  }

  private async follow(): Promise<{ subscription: Subscription; held: Promise<void> }> {
    const { options, rows, settled, retry, observer } = this.plan;
    const checkpoints = new Checkpoints(this.beside);
    const delivery = new ProjectionDelivery(rows.in(this.beside, this.schema));
    // What fails is told by the view that is there, and will be again.
    const intake = new Intake(settled, checkpoints, delivery, retry, { onFailure: () => undefined });
    const subscription = new Subscription(options, settled, checkpoints, intake, observer);
    const lease = { memberId: newId(), leaseMs: NO_LEASE_MS };
    const claim = await checkpoints.claim(options.name, newId(), lease);
    if (!claim) throw new Error(`The rebuild of "${options.name}" could not begin.`);
    return { subscription, held: subscription.hold(claim) };
  }

  private async takePlace(subscription: Subscription, held: Promise<void>): Promise<boolean> {
    const { name } = this.plan.options;
    if (!(await this.reaches(subscription, await this.positionOfOld(''))))
      return this.giveUp(subscription, held);
    for (const table of this.tables) await table.analyze();
    while (!(await this.standsStill(subscription))) {
      await this.session.rollbackTransaction();
      if (this.stopping) return this.giveUp(subscription, held);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
    subscription.letGo();
    await held;
    await this.session.query(
      `UPDATE ${this.old.checkpoint} c
          SET position = n.position, event_id = n.event_id, epoch = c.epoch + 1, has_old_rows = false, updated_at = now()
         FROM ${this.schema}.checkpoint n WHERE c.name = $1 AND n.name = $1`,
      [name],
    );
    await this.session.query(`DELETE FROM ${this.old.parked} WHERE handler = $1`, [name]);
    await this.session.query(`INSERT INTO ${this.old.parked} SELECT * FROM ${this.schema}.parked_event`);
    for (const table of this.tables) await table.swap();
    await this.session.commitTransaction();
    return true;
  }

  /**
   * Begins a transaction in which the old view stands still and the new one is where that is; nobody can see either.
   * Resolves to whether it came to that: not if this is stopped, or somebody is at the view for long, a backup for example.
   */
  private async standsStill(subscription: Subscription): Promise<boolean> {
    await this.session.startTransaction();
    try {
      await this.session.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      // The tables first, in the order in which they are written, as those who write it come to the checkpoint behind it: what has begun gets through, the rest finds the epoch raised.
      for (const table of this.tables) await table.lockWriters();
      if (!(await this.reaches(subscription, await this.positionOfOld('FOR UPDATE'), CATCH_UP_MS)))
        return false;
      for (const table of this.tables) await table.lockReaders();
      return true;
    } catch (error) {
      if (sqlState(error) === LOCK_NOT_AVAILABLE) return false;
      throw error;
    }
  }

  private async giveUp(subscription: Subscription, held: Promise<void>): Promise<boolean> {
    subscription.letGo();
    await held;
    return false;
  }

  private async positionOfOld(lock: 'FOR UPDATE' | ''): Promise<number> {
    const [row] = (await this.session.query(
      `SELECT position::float8 AS position FROM ${this.old.checkpoint} WHERE name = $1 ${lock}`,
      [this.plan.options.name],
    )) as { position: number }[];
    return row?.position ?? 0;
  }

  /** Resolves to whether it got there in time, and before this was stopped. */
  private async reaches(subscription: Subscription, position: number, withinMs = Infinity): Promise<boolean> {
    const giveUpAt = performance.now() + withinMs;
    while (subscription.position < position) {
      if (this.stopping || performance.now() > giveUpAt) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return !this.stopping;
  }
}
