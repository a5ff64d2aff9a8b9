import type { EventLog } from '../log/event-log.js';
import { currentMessageContext, type MessageIdentity } from '../runtime/message-context.js';

/** The version at which each aggregate was loaded, by stream. */
export type SavedVersions = Readonly<Record<string, number>>;

/** The effect that saving an aggregate has on behalf of a message that may come twice. */
export interface Effect {
  readonly id: string;
  /** Effects that were reserved later have greater numbers. */
  readonly number: number;
  readonly of: MessageIdentity;
}

/** That an earlier run of a message has saved an aggregate. */
export interface EarlierSave {
  /** The id of the effect that has saved it. */
  readonly effectId: string;
  /** The version at which the aggregate was loaded then. */
  readonly version: number;
}

/** What earlier runs of a message have saved and this run has not loaded yet, by stream, as far as it is known. */
const savedByMessage = new WeakMap<MessageIdentity, Map<string, EarlierSave>>();

let reserved = 0;

/** Reserves the next effect of the running message; `undefined` if the message comes once. */
export function nextEffect(): Effect | undefined {
  const identity = currentMessageContext()?.identity;
  if (!identity) return undefined;
  reserved += 1;
  return { id: identity.nextId(), number: reserved, of: identity };
}

/**
 * How an earlier run of the message has saved an aggregate; `undefined` if it has not. Aggregates that are saved
 * together are saved by the effect of the one that was loaded first. Each save counts for one load: the next load of
 * the aggregate belongs to the next save, which the earlier run may not have reached.
 */
export async function takeEarlierSave(
  log: Pick<EventLog, 'outcomeOf'>,
  { id, of }: Effect,
  stream: string,
): Promise<EarlierSave | undefined> {
  const saved = savedByMessage.get(of) ?? new Map<string, EarlierSave>();
  savedByMessage.set(of, saved);
  const found = await log.outcomeOf(id);
  if (found?.fingerprint === of.fingerprint) {
    const { value } = found.outcome as { readonly value?: SavedVersions | null };
    if (typeof value === 'object' && value !== null) {
      for (const [name, version] of Object.entries(value)) saved.set(name, { effectId: id, version });
    }
  }
  const save = saved.get(stream);
  saved.delete(stream);
  return save;
}
