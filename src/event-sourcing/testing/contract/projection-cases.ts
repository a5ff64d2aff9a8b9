import { deepEqual, equal } from 'node:assert/strict';
import { EventsHandler } from '@nestjs/cqrs';
import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { streamId } from '../../kernel/decider.js';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { Projection, type ViewProjection } from '../../projections/projection.js';
import { BEHIND } from '../../queries/live-view.js';
import { LiveViews } from '../../queries/live-views.js';
import { SubscriptionAdmin } from '../../runner/subscription-admin.js';
import { newId } from '../../runtime/new-id.js';
import type { Cases } from './contract-case.js';
import { add, Added, sum } from './contract-domain.js';

/** The total of each sum. */
@Entity({ name: 'contract_total' })
export class ContractTotal {
  @PrimaryColumn({ type: 'text' })
  readonly id!: string;

  @Column({ type: 'integer' })
  readonly total!: number;

  @Column({ type: 'text', nullable: true })
  readonly note!: string | null;
}

/** Creates the table of {@link ContractTotal}. */
export class CreateContractTotal1767139200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE TABLE contract_total (id text PRIMARY KEY, total integer NOT NULL, note text)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE contract_total');
  }
}

/** An amount for which the projection fails. */
const UNWANTED = -13;
/** An amount for which the projection returns a row that its table does not take. */
const NO_TOTAL = -14;

@EventsHandler(Added)
@Projection({ name: 'contract totals', view: ContractTotal })
export class ContractTotals implements ViewProjection<ContractTotal, Added> {
  evolve(row: ContractTotal | undefined, { stream, event }: RecordedEvent<Added>): ContractTotal {
    const { amount } = event;
    if (amount === UNWANTED) throw new Error('The contract wants this projection to fail.');
    const total = amount === NO_TOTAL ? (null as unknown as number) : (row?.total ?? 0) + amount;
    // The note is left out, so it is null.
    return { id: streamId(stream), total } as ContractTotal;
  }
}

const APP = { providers: [ContractTotals], retry: { attempts: 1, firstPauseMs: 1 } };

/** How projections keep rows, and how they are read. */
export const projectionCases: Cases = {
  'shows a reader all that was stored before, and completes rows': async (subject) => {
    const app = await subject.start(APP);
    const view = app.get(LiveViews).of(ContractTotals);
    await app.settled();
    const id = newId();
    equal(await view.read(id), undefined);
    await add(subject, id, 2);
    deepEqual(await view.read(id), { id, total: 2, note: null });
    await add(subject, id, 3);
    deepEqual(await view.read(id), { id, total: 5, note: null });
    await app.settled();
    deepEqual(await view.glance(id), { id, total: 5, note: null });
    equal(await view.isFilled(), true);
    await app.close();
    const again = await subject.start(APP);
    deepEqual(await again.get(LiveViews).of(ContractTotals).read(id), { id, total: 5, note: null });
  },

  'waits for the position of a command': async (subject) => {
    const app = await subject.start(APP);
    const id = newId();
    const { position } = await subject.store.transactWithPosition((tx) => {
      tx.load(sum, id);
      tx.append(sum, id, [new Added({ amount: 1 })]);
    });
    const view = app.get(LiveViews).of(ContractTotals);
    await view.reached(position);
    equal((await view.glance(id))?.total, 1);
  },

  'parks an event at which the projection fails, or whose row is refused, and goes on with other keys':
    async (subject) => {
      const app = await subject.start(APP);
      const [failing, refused, other] = [newId(), newId(), newId()];
      await add(subject, failing, UNWANTED);
      await add(subject, refused, 1);
      await add(subject, refused, NO_TOTAL);
      // Otherwise one batch could fold the event after it into a row that the table takes.
      await app.settled();
      await add(subject, refused, 2);
      await add(subject, other, 1);
      await app.settled();
      const view = app.get(LiveViews).of(ContractTotals);
      equal(await view.read(failing), BEHIND);
      equal(await view.read(refused), BEHIND);
      equal((await view.glance(refused))?.total, 1);
      deepEqual(await view.read(other), { id: other, total: 1, note: null });
      const admin = app.get(SubscriptionAdmin);
      const items = (await admin.parked('contract totals'))?.items ?? [];
      deepEqual(
        items.map(({ stream, attempts }) => [stream, attempts]),
        [
          [`${sum.category}-${failing}`, 1],
          [`${sum.category}-${refused}`, 1],
          [`${sum.category}-${refused}`, 0],
        ],
      );
      for (const { id } of items) await admin.drop('contract totals', id);
      await app.settled();
      await app.close();
    },
};
