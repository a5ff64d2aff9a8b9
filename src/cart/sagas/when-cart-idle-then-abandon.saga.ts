import { Inject, Injectable } from '@nestjs/common';
import { ofType, Saga } from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { cancelDue, dueCommand, DurableSaga, recordOf } from '../../event-sourcing/index.js';
import { ABANDON_AFTER } from '../write-side/cart-settings.js';
import { AbandonCartCommand, abandonTimer } from '../commands/abandon-cart.command.js';
import { CartDiscarded, CartMerged, CartOpened, itemEvents, type CartEvent } from '../domain/cart.events.js';

/**
 * When a cart is idle for a long time, then abandon it. Each cart has one timer. Changes of the cart do not move
 * it: when it is due, its command checks when the items last changed. So adding an item costs no write here.
 */
@Injectable()
export class WhenCartIdleThenAbandon {
  constructor(@Inject(ABANDON_AFTER) private readonly abandonAfter: number) {}

  @Saga()
  @DurableSaga({ name: 'cart-abandonment', startAt: 'beginning' })
  whenCartIdleThenAbandon = (events: Observable<CartEvent>): Observable<object> =>
    events.pipe(
      ofType(CartOpened, ...itemEvents, CartDiscarded, CartMerged),
      map((event) => {
        const id = abandonTimer(event.cartId);
        if (event.type === 'cart.discarded' || event.type === 'cart.merged') return cancelDue(id);
        const at = new Date(recordOf(event).occurredAt.getTime() + this.abandonAfter);
        return dueCommand(new AbandonCartCommand(event.cartId), { at, id, keep: true });
      }),
    );
}
