import { AsyncLocalStorage } from 'node:async_hooks';
import { v5 } from 'uuid';
import type { Actor } from '../kernel/recorded-event.js';

/** What flows along with a message, from a request to its command, its events and what follows from them. */
export interface MessageContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: Actor;
  /** Present where the same message may come twice: what it does is then done once. */
  readonly identity?: MessageIdentity;
}

/** Tells a message that comes again from another one, and gives each of its effects an id that is the same the next time. */
export class MessageIdentity {
  private effects = 0;

  /**
   * @param id a UUID
   * @param fingerprint what another message under the same id would differ by
   * @param keepsRefusals whether a refusal is an outcome to be remembered, as for a caller who asks again; not so where the message
   *   is tried again until it is accepted
   */
  constructor(
    readonly id: string,
    readonly fingerprint: string,
    readonly keepsRefusals = false,
  ) {}

  /** The id of its next effect, an append. Effects must come in the same order each time. */
  nextId(): string {
    const effect = this.effects;
    this.effects += 1;
    return effect === 0 ? this.id : v5(String(effect), this.id);
  }

  /**
   * The id of a message that it sends, as its next effect. Not that of the effect: the message has effects of its own, whose ids derive
   * from this one, and it may even take the place of the message that sends it.
   */
  nextMessageId(): string {
    return v5('message', this.nextId());
  }
}

const storage = new AsyncLocalStorage<MessageContext>();

/** Runs `work`, and all that it starts, in a context. */
export function withMessageContext<T>(context: MessageContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the running message, `undefined` outside of one. */
export function currentMessageContext(): MessageContext | undefined {
  return storage.getStore();
}
