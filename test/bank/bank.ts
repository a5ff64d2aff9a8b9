import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  CommandHandler,
  Command,
  EventsHandler,
  type ICommandHandler,
  type IEventHandler,
} from '@nestjs/cqrs';
import {
  DomainError,
  DurableHandler,
  event,
  EventStore,
  Projection,
  currentMessageContext,
  recordOf,
  type Decider,
  type MessageContext,
  type RecordedEvent,
  type ViewProjection,
} from '../../src/event-sourcing/index.js';

/** A tiny bank: what somebody else would build on `src/event-sourcing/index.ts`, with nothing of a cart in it. */
export class AccountOpened extends event('account.opened')<{ accountId: string; owner: string }>() {}
export class MoneyMoved extends event('account.money-moved')<{ accountId: string; amount: number }>() {}
export class AccountClosed extends event('account.closed')<{ accountId: string }>() {}

export type AccountEvent = AccountOpened | MoneyMoved | AccountClosed;
export const accountEvents = { events: [AccountOpened, MoneyMoved, AccountClosed] };

export const account: Decider<{ readonly isOpen: boolean; readonly balance: number }, AccountEvent> = {
  category: 'account',
  initialState: { isOpen: false, balance: 0 },
  evolve: (state, event) => {
    switch (event.type) {
      case 'account.opened':
        return { ...state, isOpen: true };
      case 'account.money-moved':
        return { ...state, balance: state.balance + event.amount };
      case 'account.closed':
        return { ...state, isOpen: false };
    }
  },
};

export class MoveMoney extends Command<number> {
  constructor(
    readonly accountId: string,
    readonly amount: number,
  ) {
    super();
  }
}

@CommandHandler(MoveMoney)
export class MoveMoneyHandler implements ICommandHandler<MoveMoney> {
  constructor(private readonly store: EventStore) {}

  async execute({ accountId, amount }: MoveMoney): Promise<number> {
    return this.store.transact((tx) => {
      const { state } = tx.load(account, accountId);
      const opening = state.isOpen ? [] : [new AccountOpened({ accountId, owner: 'Ada' })];
      if (state.balance + amount < 0) throw new DomainError('OVERDRAWN', 'There is not that much.');
      return tx.append(account, accountId, [...opening, new MoneyMoved({ accountId, amount })]).state.balance;
    });
  }
}

@Entity({ name: 'balances' })
export class Balance {
  @PrimaryColumn({ name: 'account_id', type: 'text' })
  accountId!: string; // assigned by TypeORM, as those below

  @Column({ type: 'integer' })
  balance!: number;

  /** How many movements it is made of: a movement taken in twice would show. */
  @Column({ type: 'integer' })
  movements!: number;
}

@EventsHandler(...accountEvents.events)
@Projection({ name: 'balances', view: Balance })
export class BalancesProjection implements ViewProjection<Balance, AccountEvent> {
  keyOf({ event }: RecordedEvent<AccountEvent>): string {
    return event.accountId;
  }

  evolve(row: Balance | undefined, { event }: RecordedEvent<AccountEvent>): Balance | undefined {
    switch (event.type) {
      case 'account.opened':
        return { accountId: event.accountId, balance: 0, movements: 0 };
      case 'account.money-moved':
        return (
          row && {
            accountId: row.accountId,
            balance: row.balance + event.amount,
            movements: row.movements + 1,
          }
        );
      case 'account.closed':
        return undefined;
    }
  }
}

/** Fails as often as it is told to. */
@EventsHandler(MoneyMoved)
@DurableHandler({ name: 'postman' })
export class Postman implements IEventHandler<MoneyMoved> {
  readonly letters: {
    readonly accountId: string;
    readonly version: number;
    readonly context: MessageContext | undefined;
  }[] = [];
  failures = 0;
  private isBusy = false;

  async handle(event: MoneyMoved): Promise<void> {
    if (this.isBusy) throw new Error('Called again before the last call had ended.');
    this.isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.isBusy = false;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('The post office is closed.');
    }
    this.letters.push({
      accountId: event.accountId,
      version: recordOf(event).version,
      context: currentMessageContext(),
    });
  }
}
