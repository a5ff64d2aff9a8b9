import { AsyncLocalStorage } from 'node:async_hooks';
import { v5 } from 'uuid';
import type { Actor } from '../kernel/recorded-event.js';

/** What flows along with a message, from a request to its command, its events and what follows from them. */
export interface MessageContext {
  /** Id of the request at the beginning. */
  readonly correlationId: string;
  /** Id of the message that directly led to this one. */
  readonly causationId: string;
  /** Who caused the message. */
  readonly actor: Actor;
  /** What is decided takes this time for past, though the clock of this process be behind: that of another has found it so. */
  readonly notBefore?: Date;
  /** Present where the same message may come twice: what it does is then done once. */
  readonly identity?: MessageIdentity;
}

/** What whoever sends a message that may come twice wants to have done with what comes of it. */
export interface MessageHandling {
  /** Whether a refusal of this code is an outcome to be remembered, so that a repeat is refused in the same words. */
  keepsRefusal(code: string): boolean;
  /** Whether a refusal of this code is told before it is looked what else the id was used for. */
  tellsFirst(code: string): boolean;
  /** Called when an effect of the message is on disk, with whether it was there before. */
  onEffect(isRepeat: boolean): void;
}

/** For messages that are tried again until they are accepted: a refusal is not the end of them. */
const UNTIL_ACCEPTED: MessageHandling = {
  keepsRefusal: () => false,
  tellsFirst: () => false,
  onEffect: () => undefined,
};

/** Tells a message that comes again from another one, and gives each of its effects an id that is the same the next time. */
export class MessageIdentity {
  private effects = 0;

  /**
   * @param id a UUID
   * @param fingerprint what another message under the same id would differ by
   */
  constructor(
    readonly id: string,
    readonly fingerprint: string,
    /** What the sender wants to have done with the outcome. */
    readonly handling: MessageHandling = UNTIL_ACCEPTED,
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

/** What is open until the message has arrived in full. */
type OpenContext = MessageContext & { identity?: MessageIdentity };

const storage = new AsyncLocalStorage<OpenContext>();

/** Runs `work`, and all that it starts, in a context. */
export function withMessageContext<T>(context: MessageContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the running message, `undefined` outside of one. */
export function currentMessageContext(): MessageContext | undefined {
  return storage.getStore();
}

/**
 * Gives the running message its identity, where that follows from parts of it that arrive after its context has begun.
 * @throws Error outside of a message
 */
export function identifyMessage(identity: MessageIdentity): void {
  const context = storage.getStore();
  if (!context) throw new Error('There is no message to be identified.');
  context.identity = identity;
}
