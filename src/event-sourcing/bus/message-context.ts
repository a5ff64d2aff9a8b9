import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../kernel/recorded-event.js';

/** What flows along with a message, from a request to its command, its events and what follows from them. */
export interface MessageContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: Actor;
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
