import { Module, type DynamicModule } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import type { DataSource, QueryRunner } from 'typeorm';
import { EventStore } from '../../../src/event-sourcing/index.js';
import { Deposited, PriceSet, Withdrawn } from './bank.js';
import { deposit } from './stores.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from './views.js';

/** Deposits one. The result is the balance. */
export class DepositOne {
  constructor(readonly id: string) {}
}

@CommandHandler(DepositOne)
class DepositOneHandler implements ICommandHandler<DepositOne> {
  constructor(private readonly store: EventStore) {}

  async execute({ id }: DepositOne): Promise<number> {
    return this.store.transact((tx) => deposit(tx, id));
  }
}

class CreateBalance1767300000000 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CREATE_BALANCE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE balance');
  }
}

/** What the module is told of the views. */
export const VIEWS = { entities: [Balance], migrations: [CreateBalance1767300000000] };
/** What the module is told of the events and commands. */
export const DEFINITIONS = {
  events: [Deposited, Withdrawn, PriceSet],
  commands: { 'account.deposit-one': DepositOne },
};

/** Starts an application that deposits money, on empty databases. */
export async function startShop(...imports: DynamicModule[]): Promise<TestingModule> {
  @Module({ imports, providers: [DepositOneHandler, BalanceProjection] })
  class Shop {}
  const app = await Test.createTestingModule({ imports: [Shop] }).compile();
  return app.init();
}

/** The amounts in the view, by account. */
export async function balances(query: DataSource): Promise<Record<string, number>> {
  const rows = await query.getRepository(Balance).find({ order: { account: 'ASC' } });
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}
