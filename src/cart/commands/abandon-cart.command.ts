import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DurableCommandBus, EventStore, type Recall } from '../../event-sourcing/index.js';
import { ABANDON_AFTER } from '../write-side/cart-settings.js';
import { cartDecider } from '../domain/cart.js';
import { abandonCart, abandonedFrom } from '../domain/cart.decisions.js';

/** The id of the one timer of a cart. */
export function abandonTimer(cartId: string): string {
  return `cart.abandon ${cartId}`;
}

/**
 * Abandon a cart that has been idle for long enough; otherwise set the timer again for the time when it will be. A
 * cart that is unknown, closed or already abandoned stays as it is. A timer sends this command; changes of the cart
 * do not move the timer.
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
    // The order must stay append, then enqueue: a repeat derives the ids from it and must get the same ones.
    if (runAt)
      await this.commands.enqueue(new AbandonCartCommand(cartId), { id: abandonTimer(cartId), runAt });
  }

  /**
   * An interrupted run is repeated. If the cart has changed since, the first outcome no longer holds: the saga may
   * have relied on this very timer for that change. So a repeat remembers nothing and looks at the present cart.
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
