import { Module } from '@nestjs/common';
import { CommandHandler, EventsHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  event,
  DurableCqrsModule,
  EventStore,
  Projection,
  type Decider,
  type RecordedEvent,
  type ViewProjection,
} from '../../src/event-sourcing/index.js';
import { createDatabase } from '../support/database.js';

// An application as somebody else would begin it. src/event-sourcing/README.md shows what is below the marker.

export class Deposit {
  constructor(
    readonly accountId: string,
    readonly amount: number,
  ) {}
}

@Entity({ name: 'balances' })
export class Balance {
  @PrimaryColumn({ name: 'account_id', type: 'text' })
  accountId!: string; // assigned by TypeORM, as the next

  @Column({ type: 'integer' })
  balance!: number;
}

class CreateBalances1767300000000 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('CREATE TABLE balances (account_id text PRIMARY KEY, balance integer NOT NULL)');
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('DROP TABLE balances');
  }
}

export const database = await createDatabase('readme');

const { url } = database;

// In 30 lines
class MoneyDeposited extends event('account.money-deposited')<{ accountId: string; amount: number }>() {}

const account: Decider<{ balance: number }, MoneyDeposited> = {
  category: 'account',
  initialState: { balance: 0 },
  evolve: (state, { amount }) => ({ balance: state.balance + amount }),
};

@CommandHandler(Deposit)
class DepositHandler implements ICommandHandler<Deposit> {
  constructor(private readonly store: EventStore) {}
  execute({ accountId, amount }: Deposit) {
    return this.store.transact((tx) => {
      tx.load(account, accountId);
      return tx.append(account, accountId, [new MoneyDeposited({ accountId, amount })]).state.balance;
    });
  }
}

@EventsHandler(MoneyDeposited)
@Projection({ name: 'balances', view: Balance })
class BalancesProjection implements ViewProjection<Balance, MoneyDeposited> {
  keyOf = ({ event }: RecordedEvent<MoneyDeposited>) => event.accountId;
  evolve = (row: Balance | undefined, { event }: RecordedEvent<MoneyDeposited>) => ({
    accountId: event.accountId,
    balance: (row?.balance ?? 0) + event.amount,
  });
}

@Module({
  imports: [
    DurableCqrsModule.forRoot({
      url,
      events: [MoneyDeposited],
      entities: [Balance],
      migrations: [CreateBalances1767300000000],
    }),
  ],
  providers: [DepositHandler, BalancesProjection],
})
export class BankModule {}
