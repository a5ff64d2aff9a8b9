import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DurableCommandBus, EventStore, type Recall } from '../../event-sourcing/index.js';
import { ABANDON_AFTER } from '../write-side/cart-settings.js';
import { cartDecider } from '../domain/cart.js';
import { abandonCart, abandonedFrom } from '../domain/cart.decisions.js';

/** Names the one timer of a cart. */
export function abandonTimer(cartId: string): string {
  return `cart.abandon ${cartId}`;
}

/**
 * Look whether a cart has been idle for long enough, and note it if so; if not yet, look again when it will have been. A cart that
 * is unknown, closed or abandoned already stays as it is. It is a timer's, which is left alone while the cart changes.
 */
export class AbandonCartCommand extends Command<void> {
  constructor(readonly cartId: string) {
    super();
  }
}

@CommandHandler(AbandonCartCommand)
export class AbandonCartHandler implements ICommandHandler<AbandonCartCommand> {
  constructor(
    private readonly store: EventStore,
    private readonly commands: DurableCommandBus,
    @Inject(ABANDON_AFTER) private readonly abandonAfter: number,
  ) {}

  async execute({ cartId }: AbandonCartCommand): Promise<void> {
    const runAt = await this.store.transact((tx) => {
      const events = abandonCart(tx.now, this.abandonAfter)(tx.load(cartDecider, cartId).state);
      return abandonedFrom(tx.append(cartDecider, cartId, events).state, this.abandonAfter);
    }, this.lookAgain(cartId));
    // After the append, and always so: a repeat gives both the ids that they had.
    if (runAt)
      await this.commands.enqueue(new AbandonCartCommand(cartId), { id: abandonTimer(cartId), runAt });
  }

  /**
   * A run that was cut off before it was finished comes again, and what it found then is no longer so where the cart has changed since:
   * the saga may have left this very timer in its place for that change. So nothing is remembered of it, and the cart is looked at anew.
   */
  private lookAgain(cartId: string): Recall<Date | undefined> {
    return {
      remember: () => null,
      restore: async () => {
        const { state } = await this.store.load(cartDecider, cartId);
        return abandonedFrom(state, this.abandonAfter);
      },
    };
  }
}
