import { Injectable, Module } from '@nestjs/common';
import { CommandHandler, ofType, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import {
  dueCommand,
  DurableSaga,
  event,
  DurableCqrsModule,
  EventStore,
  type Decider,
} from '../../src/event-sourcing/index.js';

// A timer, as somebody else would begin it. src/event-sourcing/docs/guide.md shows what is below the marker.

export class InvoiceSent extends event('invoice.sent')<{ invoiceId: string; payableAt: string }>() {}
export class CustomerReminded extends event('invoice.customer-reminded')<{ invoiceId: string }>() {}

export const invoice: Decider<{ reminders: number }, InvoiceSent | CustomerReminded> = {
  category: 'invoice',
  initialState: { reminders: 0 },
  evolve: ({ reminders }, { type }) => ({
    reminders: type === 'invoice.customer-reminded' ? reminders + 1 : reminders,
  }),
};

export class Remind {
  constructor(readonly invoiceId: string) {}
}

@CommandHandler(Remind)
class RemindHandler implements ICommandHandler<Remind> {
  constructor(private readonly store: EventStore) {}

  async execute({ invoiceId }: Remind): Promise<void> {
    await this.store.transact((tx) => {
      tx.load(invoice, invoiceId);
      tx.append(invoice, invoiceId, [new CustomerReminded({ invoiceId })]);
    });
  }
}

// Sagas, commands, timers
@Injectable()
class Reminders {
  @Saga()
  @DurableSaga({ name: 'reminders' })
  remind = (events$: Observable<object>): Observable<object> =>
    events$.pipe(
      ofType(InvoiceSent),
      map(({ invoiceId, payableAt }) =>
        dueCommand(new Remind(invoiceId), { at: new Date(payableAt), id: `remind ${invoiceId}` }),
      ),
    );
}

@Module({
  imports: [
    DurableCqrsModule.forFeature({
      events: [InvoiceSent, CustomerReminded],
      commands: { 'invoice.remind': Remind }, // the name that it is stored under
    }),
  ],
  providers: [Reminders, RemindHandler],
})
export class RemindersModule {}
