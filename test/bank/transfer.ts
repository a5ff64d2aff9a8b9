import { Injectable } from '@nestjs/common';
import { CommandHandler, ofType, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { DurableSaga, event, EventStore, type Decider } from '../../src/event-sourcing/index.js';
import { account, accountEvents, MoneyMoved } from './bank.js';

interface Parties {
  readonly transferId: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export class TransferRequested extends event('transfer.requested')<Parties>() {}
export class TransferWithdrawn extends event('transfer.withdrawn')<Parties>() {}
export class TransferCompleted extends event('transfer.completed')<Parties>() {}
/** Nothing was taken, or it has to go back. */
export class TransferRefused extends event('transfer.refused')<Parties & { mustRefund: boolean }>() {}
export class TransferRefunded extends event('transfer.refunded')<Parties>() {}

type TransferEvent =
  TransferRequested | TransferWithdrawn | TransferCompleted | TransferRefused | TransferRefunded;

/** A transfer as a stream of its own, so that it has a state while it is under way. */
export const transfer: Decider<{ readonly last: TransferEvent['type'] | undefined }, TransferEvent> = {
  category: 'transfer',
  initialState: { last: undefined },
  evolve: (_, { type }) => ({ last: type }),
};

export class Transfer {
  constructor(readonly parties: Parties) {}
}

/** One leg of a transfer. */
export class MoveForTransfer {
  constructor(
    readonly leg: 'out' | 'in' | 'back',
    readonly parties: Parties,
  ) {}
}

export const transferDefinitions = {
  events: [
    ...accountEvents.events,
    TransferRequested,
    TransferWithdrawn,
    TransferCompleted,
    TransferRefused,
    TransferRefunded,
  ],
  commands: { 'transfer.request': Transfer, 'transfer.move': MoveForTransfer },
};

@CommandHandler(Transfer)
export class TransferHandler implements ICommandHandler<Transfer> {
  constructor(private readonly store: EventStore) {}

  async execute({ parties }: Transfer): Promise<void> {
    await this.store.transact((tx) => {
      tx.create(transfer, parties.transferId);
      tx.append(transfer, parties.transferId, [new TransferRequested(parties)]);
    });
  }
}

/**
 * Counts its calls and, where the test says so, hangs or fails. It does not look whether a leg was done before: the
 * engine does.
 */
@CommandHandler(MoveForTransfer)
export class MoveForTransferHandler implements ICommandHandler<MoveForTransfer> {
  readonly calls: string[] = [];
  before: (command: MoveForTransfer) => Promise<void> | void = () => undefined;

  constructor(private readonly store: EventStore) {}

  async execute(command: MoveForTransfer): Promise<void> {
    const { leg, parties } = command;
    const { transferId, from, to, amount } = parties;
    this.calls.push(`${transferId} ${leg}`);
    await this.before(command);
    await this.store.transact((tx) => {
      const accountId = leg === 'in' ? to : from;
      const { state } = tx.load(account, accountId);
      tx.load(transfer, transferId);
      const move = (sum: number): unknown =>
        tx.append(account, accountId, [new MoneyMoved({ accountId, amount: sum })]);
      const say = (said: TransferEvent): unknown => tx.append(transfer, transferId, [said]);
      if (leg === 'out') {
        if (state.balance < amount) say(new TransferRefused({ ...parties, mustRefund: false }));
        else {
          move(-amount);
          say(new TransferWithdrawn(parties));
        }
      } else if (leg === 'in' && !state.isOpen) say(new TransferRefused({ ...parties, mustRefund: true }));
      else {
        move(amount);
        say(leg === 'in' ? new TransferCompleted(parties) : new TransferRefunded(parties));
      }
    });
  }
}

/** Written as in Nest's documentation: events in, commands out, no state. */
@Injectable()
export class TransferSaga {
  @Saga()
  @DurableSaga({ name: 'transfers', startAt: 'beginning' })
  readonly legs = (events$: Observable<object>): Observable<object | undefined> =>
    events$.pipe(
      ofType(TransferRequested, TransferWithdrawn, TransferRefused),
      map((next) => {
        const { transferId, from, to, amount } = next;
        const parties = { transferId, from, to, amount };
        if (next instanceof TransferRequested) return new MoveForTransfer('out', parties);
        if (next instanceof TransferWithdrawn) return new MoveForTransfer('in', parties);
        return next.mustRefund ? new MoveForTransfer('back', parties) : undefined;
      }),
    );
}

export const transferProviders = [TransferHandler, MoveForTransferHandler, TransferSaga];
