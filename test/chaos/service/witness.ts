import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CommandHandler, EventsHandler, ofType, Saga, type ICommandHandler } from '@nestjs/cqrs';
import pg from 'pg';
import { map, type Observable } from 'rxjs';
import { cartEvents, ItemAdded } from '../../../src/cart/domain/cart.events.js';
import { productEvents } from '../../../src/catalog/domain/product.events.js';
import {
  DurableHandler,
  DurableSaga,
  event,
  DurableCqrsModule,
  EventStore,
  recordOf,
  type Decider,
  type DomainEvent,
} from '../../../src/event-sourcing/index.js';

/** Noted for each item that was added to a cart, by a saga: its one and only effect. */
class AdditionHeard extends event('echo.addition-heard')<{ cartId: string; ofEvent: string }>() {}

const echo: Decider<object, AdditionHeard> = {
  category: 'echo',
  initialState: {},
  evolve: (state) => state,
};

class HearAddition {
  constructor(
    readonly cartId: string,
    readonly ofEvent: string,
  ) {}
}

/** It does not look whether it has heard of the event before: the engine is to see to that. */
@CommandHandler(HearAddition)
class HearAdditionHandler implements ICommandHandler<HearAddition> {
  constructor(private readonly store: EventStore) {}

  async execute({ cartId, ofEvent }: HearAddition): Promise<void> {
    await this.store.transact((tx) => {
      tx.load(echo, cartId);
      tx.append(echo, cartId, [new AdditionHeard({ cartId, ofEvent })]);
    });
  }
}

@Injectable()
class EchoSaga {
  @Saga()
  @DurableSaga({ name: 'echo', startAt: 'beginning' })
  whenAddedThenHeard = (events: Observable<object>): Observable<object> =>
    events.pipe(
      ofType(ItemAdded),
      map((added) => new HearAddition(added.cartId, recordOf(added).id)),
    );
}

export const JOURNAL_URL = 'CHAOS_JOURNAL_URL';

/** Writes down every event that it gets, in the order of the calls. It is split: two processes share it. */
@EventsHandler(...cartEvents.events, ...productEvents.events, AdditionHeard)
@DurableHandler({ name: 'journal', startAt: 'beginning', partitions: 2 })
class Journal implements OnApplicationShutdown {
  constructor(@Inject(JOURNAL_URL) private readonly pool: pg.Pool) {}

  async handle(told: DomainEvent): Promise<void> {
    const { position, stream, version } = recordOf(told);
    await this.pool.query({
      name: 'note',
      text: 'INSERT INTO chaos_journal (position, stream, version, pid) VALUES ($1, $2, $3, $4)',
      values: [position, stream, version, process.pid],
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

/**
 * What a run of the chaos suite adds to the service to see what handlers and sagas are told: a handler that keeps a journal in the
 * command database, and a saga that leaves one event for each that it was told of.
 */
@Module({
  imports: [
    DurableCqrsModule.forFeature({
      events: [AdditionHeard],
      commands: { 'echo.hear-addition': HearAddition },
    }),
  ],
  providers: [
    HearAdditionHandler,
    EchoSaga,
    Journal,
    {
      provide: JOURNAL_URL,
      useFactory: () =>
        new pg.Pool({
          connectionString: process.env[JOURNAL_URL],
          max: 2,
          application_name: 'journal',
          connectionTimeoutMillis: 2_000,
          // What a handler has done is to last when it says so: a process that outlives a crash of PostgreSQL goes on behind it.
          options: '-c synchronous_commit=on',
        }).on('error', () => undefined), // the next call is given another connection
    },
  ],
})
export class WitnessModule {}
