import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EventsHandler } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../../src/event-sourcing/kernel/recorded-event.js';
import { Projection, type ViewProjection } from '../../../src/event-sourcing/projections/projection.js';
import { Deposited, Withdrawn, type AccountEvent } from './bank.js';

/** A view that would show every event that was taken in twice, or not at all. */
@Entity({ name: 'balance' })
export class Balance {
  @PrimaryColumn({ type: 'text' })
  readonly account!: string;

  @Column({ type: 'integer' })
  readonly amount!: number;

  @Column({ type: 'integer' })
  readonly movements!: number;
}

export const CREATE_BALANCE = `CREATE TABLE balance (account text PRIMARY KEY, amount integer NOT NULL, movements integer NOT NULL)`;

@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'balances', view: Balance })
export class BalanceProjection implements ViewProjection<Balance, AccountEvent> {
  keyOf({ stream }: RecordedEvent<AccountEvent>): string {
    return stream;
  }

  evolve(row: Balance | undefined, { stream, version, event }: RecordedEvent<AccountEvent>): Balance {
    const before = row ?? { account: stream, amount: 0, movements: 0 };
    if (before.movements !== version - 1) {
      throw new Error(`${stream}: version ${version} comes after ${before.movements} movements.`);
    }
    const sign = event.type === 'account.deposited' ? 1 : -1;
    return { account: stream, amount: before.amount + sign * event.amount, movements: version };
  }
}
