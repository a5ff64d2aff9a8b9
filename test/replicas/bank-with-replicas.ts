import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  BEHIND,
  DurableCqrsModule,
  event,
  EventStore,
  LiveViews,
  Projection,
  SubscriptionAdmin,
  type Decider,
  type DurableCqrsOptions,
  type RecordedEvent,
  type ViewProjection,
} from '../../src/event-sourcing/index.js';

class MoneyDeposited extends event('account.money-deposited')<{ accountId: string; amount: number }>() {}

const account: Decider<{ readonly balance: number }, MoneyDeposited> = {
  category: 'account',
  initialState: { balance: 0 },
  evolve: ({ balance }, { amount }) => ({ balance: balance + amount }),
};

const TERMS = 'x'.repeat(1_000);

@Entity({ name: 'balances' })
class Balance {
  @PrimaryColumn({ name: 'account_id', type: 'text' })
  readonly accountId!: string; // assigned by TypeORM, as the next

  @Column({ type: 'integer' })
  readonly balance!: number;

  /** So long that the row does not fit into a memory of one row. Every read goes to a database. */
  @Column({ type: 'text' })
  readonly terms!: string;
}

class CreateBalances1767300000000 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(
      'CREATE TABLE balances (account_id text PRIMARY KEY, balance integer NOT NULL, terms text NOT NULL)',
    );
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('DROP TABLE balances');
  }
}

@EventsHandler(MoneyDeposited)
@Projection({ name: 'balances', view: Balance })
class BalancesProjection implements ViewProjection<Balance, MoneyDeposited> {
  keyOf({ event: { accountId } }: RecordedEvent<MoneyDeposited>): string {
    return accountId;
  }

  evolve(row: Balance | undefined, { event }: RecordedEvent<MoneyDeposited>): Balance {
    const { accountId, amount } = event;
    return { accountId, balance: (row?.balance ?? 0) + amount, terms: TERMS };
  }
}

@Module({})
class BankModule {
  static forRoot(options: DurableCqrsOptions): DynamicModule {
    return {
      module: BankModule,
      imports: [DurableCqrsModule.forRoot(options)],
      providers: [BalancesProjection],
    };
  }
}

/** A bank in one process that keeps no rows in memory. */
export class Bank {
  /** What it has logged about replicas. */
  readonly lines: string[] = [];
  /** The places of its reads of tables, in order. */
  readonly reads: string[] = [];
  private app: INestApplicationContext | undefined;

  /** @throws Error when it refuses to start */
  static async start(
    url: { readonly command: string; readonly query: string },
    queryReplicas: readonly string[],
  ): Promise<Bank> {
    const bank = new Bank();
    const hear = (message: unknown, context: unknown): void => {
      if (context === 'ReadReplicas') bank.lines.push(String(message));
    };
    const monitor = {
      onCommand: () => undefined,
      onBatch: () => undefined,
      onViewRead: (from: string) => bank.reads.push(from),
    };
    const module = BankModule.forRoot({
      url,
      queryReplicas,
      events: [MoneyDeposited],
      entities: [Balance],
      migrations: [CreateBalances1767300000000],
      cachedRows: 1,
      // On a busy machine, a shorter lease may be lost. The view then has another writer than a paused standby shows.
      leaseMs: 60_000,
      monitor,
    });
    bank.app = await NestFactory.createApplicationContext(module, {
      logger: { log: hear, warn: hear, error: hear },
      abortOnError: false,
    });
    return bank;
  }

  async deposit(accountId: string, amount: number): Promise<void> {
    await this.running.get(EventStore).transact((tx) => {
      tx.load(account, accountId);
      tx.append(account, accountId, [new MoneyDeposited({ accountId, amount })]);
    });
  }

  /** The balance of an account; `undefined` if there is none. */
  async balance(accountId: string): Promise<number | undefined> {
    const view = this.running.get(LiveViews).of(BalancesProjection);
    const row = await view.read(accountId);
    if (row === BEHIND) throw new Error('The view is behind.');
    return row?.balance;
  }

  /** The balances of all accounts, by account. */
  async list(): Promise<Record<string, number>> {
    const view = this.running.get(LiveViews).of(BalancesProjection);
    const rows = await view.query((manager) => manager.find(Balance));
    return Object.fromEntries(rows.map(({ accountId, balance }) => [accountId, balance]));
  }

  async rebuild(): Promise<void> {
    await this.running.get(SubscriptionAdmin).rebuild('balances');
  }

  async stop(): Promise<void> {
    await this.app?.close();
  }

  private get running(): INestApplicationContext {
    if (!this.app) throw new Error('The bank does not run.');
    return this.app;
  }
}
