import type { MessageIdentity } from '../runtime/message-context.js';
import { DomainError } from '../kernel/domain-error.js';
import type { AppendRepeated, RememberedCommand } from '../log/append/append.js';
import type { Verdict } from './verdict.js';

/** Another message with the same id has had an effect. */
class KeyReused extends DomainError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used for another request. Send each request under a key of its own.',
    );
  }
}

/** How the outcome of a command is remembered, so that a repeat gets the same answer. */
export interface Recall<T> {
  /**
   * Converts an outcome into what is stored.
   * @returns a small JSON value from which `restore` rebuilds the outcome
   */
  remember(outcome: T): unknown;
  /** Rebuilds the outcome from what was stored. */
  restore(remembered: unknown): T | Promise<T>;
}

/** Remembers the outcome itself, which must be a JSON value. */
export const asItIs: Recall<unknown> = {
  remember: (outcome) => outcome ?? null,
  restore: (remembered) => remembered,
};

/** What is stored with the events of a command that may come twice. */
interface RememberedOutcome {
  readonly value?: unknown;
  readonly refusal?: Pick<DomainError, 'code' | 'message' | 'data'>;
}

/** @returns what to remember of a verdict; `undefined` for a refusal that is not remembered */
export function rememberedCommand<T>(
  { fingerprint, handling }: MessageIdentity,
  id: string,
  verdict: Verdict<T>,
  recall: Recall<T>,
): RememberedCommand | undefined {
  if (!verdict.refused) return { id, fingerprint, outcome: { value: recall.remember(verdict.value) } };
  const { code, message, data } = verdict.error;
  if (!handling.keepsRefusal(code)) return undefined;
  return { id, fingerprint, outcome: { refusal: { code, message, data } } };
}

/**
 * The first outcome of a command that was sent again.
 * @param verdict what the command would come to now, if that is known
 * @throws DomainError as the first time; if it was another message, the present refusal or `IDEMPOTENCY_KEY_REUSED`
 */
export async function recalled<T>(
  { fingerprint, outcome }: AppendRepeated,
  identity: MessageIdentity | undefined,
  recall: Recall<T> = asItIs as Recall<T>,
  verdict?: Verdict<T>,
): Promise<T> {
  if (fingerprint !== identity?.fingerprint) {
    if (verdict?.refused && identity?.handling.precedesIdCheck(verdict.error.code)) throw verdict.error;
    throw new KeyReused();
  }
  const { refusal, value } = outcome as RememberedOutcome;
  const restored = refusal ? undefined : await recall.restore(value);
  identity.handling.onEffect(true);
  if (refusal) throw new DomainError(refusal.code, refusal.message, refusal.data);
  return restored as T;
}
