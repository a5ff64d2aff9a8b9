import type { EventLog } from '../log/event-log.js';
import { currentMessageContext, type MessageIdentity } from '../runtime/message-context.js';

/** By the names of streams: the versions at which aggregates were loaded that were saved then. */
export type SavedVersions = Readonly<Record<string, number>>;

/** The effect that saving an aggregate has on behalf of a message that may come twice. */
export interface Effect {
  readonly id: string;
  /** Effects that were reserved later have greater numbers. */
  readonly number: number;
  readonly of: MessageIdentity;
}

/** What earlier runs of a message have saved, as far as it is known. */
const savedByMessage = new WeakMap<MessageIdentity, Record<string, number>>();

let reserved = 0;

/** Reserves the next effect of the running message; `undefined` if the message comes once. */
export function nextEffect(): Effect | undefined {
  const identity = currentMessageContext()?.identity;
  if (!identity) return undefined;
  reserved += 1;
  return { id: identity.nextId(), number: reserved, of: identity };
}

/**
 * The version at which an earlier run of the message has saved an aggregate. Aggregates that are committed together
 * are saved by the effect of the one that was loaded first.
 */
export async function savedVersion(
  log: Pick<EventLog, 'outcomeOf'>,
  { id, of }: Effect,
  stream: string,
): Promise<number | undefined> {
  const saved = savedByMessage.get(of) ?? {};
  savedByMessage.set(of, saved);
  const found = await log.outcomeOf(id);
  if (found?.fingerprint === of.fingerprint) {
    const { value } = found.outcome as { readonly value?: SavedVersions };
    if (typeof value === 'object') Object.assign(saved, value);
  }
  return saved[stream];
}
