import { AsyncLocalStorage } from 'node:async_hooks';
import { v5 } from 'uuid';
import type { Actor } from '../kernel/recorded-event.js';

/** The context that goes from a request to its command, its events, and everything that follows from them. */
export interface MessageContext {
  /** The id of the request at the beginning. */
  readonly correlationId: string;
  /** The id of the message that directly led to this one. */
  readonly causationId: string;
  /** Who caused the message. */
  readonly actor: Actor;
  /** Decisions use at least this time, even if the clock of this process is behind. */
  readonly notBefore?: Date;
  /**
   * The trace that the message belongs to: a `traceparent` of W3C Trace Context. By default that of the context around.
   */
  readonly traceparent?: string;
  /** Present if the message may come twice. Then it takes effect once. */
  readonly identity?: MessageIdentity;
}

/** How the outcomes of a message that may come twice are handled. */
export interface MessageHandling {
  /** Whether a refusal with this code is remembered, so that a repeat gets the same refusal. */
  keepsRefusal(code: string): boolean;
  /** Whether a refusal with this code goes before the check that another message had the same id. */
  precedesIdCheck(code: string): boolean;
  /** Called when an effect of the message is on disk. `isRepeat`: an earlier message has stored it. */
  onEffect(isRepeat: boolean): void;
}

/** For messages that are retried until they are accepted: a refusal is not final. */
const UNTIL_ACCEPTED: MessageHandling = {
  keepsRefusal: () => false,
  precedesIdCheck: () => false,
  onEffect: () => undefined,
};

/** Identifies a message that may come again. Each of its effects gets an id that a repeat gets again. */
export class MessageIdentity {
  private effects = 0;

  /**
   * @param id a UUID
   * @param fingerprint differs for another message under the same id
   * @param handling by default, refusals are not remembered: the message is retried until it is accepted
   */
  constructor(
    readonly id: string,
    readonly fingerprint: string,
    /** What the sender wants to have done with the outcome. */
    readonly handling: MessageHandling = UNTIL_ACCEPTED,
  ) {}

  /** The id of the next effect, which is an append. A repeat must have its effects in the same order. */
  nextId(): string {
    const effect = this.effects;
    this.effects += 1;
    return effect === 0 ? this.id : v5(String(effect), this.id);
  }

  /**
   * The id of a message that this message sends as its next effect. It differs from the id of the effect, because the
   * ids of the other message's effects derive from it, and because the other message may replace this one.
   */
  nextMessageId(): string {
    return v5('message', this.nextId());
  }
}

/** A context whose identity may become known later. */
type OpenContext = MessageContext & { identity?: MessageIdentity };

/** The trace of work outside of a message; `undefined` for none, whatever is around. */
interface TraceOnly {
  readonly correlationId?: undefined;
  readonly traceparent: string | undefined;
}

const storage = new AsyncLocalStorage<OpenContext | TraceOnly>();

/** Runs `work`, and everything asynchronous that it starts, in a context. */
export function withMessageContext<T>(context: MessageContext, work: () => T): T {
  const around = storage.getStore()?.traceparent;
  if (around === undefined || context.traceparent !== undefined) return storage.run(context, work);
  return storage.run({ ...context, traceparent: around }, work);
}

/** Runs `work`, and everything asynchronous that it starts, as part of a trace; the message stays the same. */
export function withTraceparent<T>(traceparent: string | undefined, work: () => T): T {
  return storage.run({ ...storage.getStore(), traceparent } as OpenContext | TraceOnly, work);
}

/** The context of the running message, `undefined` outside of one. */
export function currentMessageContext(): MessageContext | undefined {
  return runningMessage();
}

/** The trace of the running work; `undefined` if nothing is traced. */
export function currentTraceparent(): string | undefined {
  return storage.getStore()?.traceparent;
}

function runningMessage(): OpenContext | undefined {
  const running = storage.getStore();
  return running?.correlationId === undefined ? undefined : running;
}

/**
 * Sets the identity of the running message, if it follows from a part that arrives after the context has begun: the
 * body.
 * @throws Error outside of a message
 */
export function identifyMessage(identity: MessageIdentity): void {
  const context = runningMessage();
  if (!context)
    throw new Error('identifyMessage was called outside of a message. Call it within withMessageContext.');
  context.identity = identity;
}
