import type { MessageIdentity } from '../bus/message-context.js';
import { DomainError } from '../kernel/domain-error.js';
import type { AppendResult, RememberedCommand } from '../log/append.js';

/** How the outcome of a command is remembered, so that its repeat is answered as it was the first time. */
export interface Recall<T> {
  /** @returns a small JSON value from which `restore` can tell the outcome */
  remember(outcome: T): unknown;
  restore(remembered: unknown): T | Promise<T>;
}

/** Remembers the outcome itself: for what survives a journey through JSON. */
export const asItIs: Recall<unknown> = {
  remember: (outcome) => outcome ?? null,
  restore: (remembered) => remembered,
};

/** Outcome of the plain function that decides. */
export type Verdict<T> =
  { readonly refused: false; readonly value: T } | { readonly refused: true; readonly error: DomainError };

/** What is stored beside the events of a command that may come twice. */
interface RememberedOutcome {
  readonly value?: unknown;
  readonly refusal?: Pick<DomainError, 'code' | 'message' | 'data'>;
}

/** Refusals that may be gone the next moment, so that asking again makes sense. */
const PASSING = new Set(['CART_LOCKED', 'TOO_MUCH_CONTENTION']);

/** @returns what is to be remembered of a verdict; `undefined` for a refusal that is not to be */
export function rememberedCommand<T>(
  { fingerprint, keepsRefusals }: MessageIdentity,
  id: string,
  verdict: Verdict<T>,
  recall: Recall<T>,
): RememberedCommand | undefined {
  if (!verdict.refused) return { id, fingerprint, outcome: { value: recall.remember(verdict.value) } };
  const { code, message, data } = verdict.error;
  if (!keepsRefusals || PASSING.has(code)) return undefined;
  return { id, fingerprint, outcome: { refusal: { code, message, data } } };
}

/**
 * The first outcome of a command that came again.
 * @throws DomainError as the first time; `IDEMPOTENCY_KEY_REUSED` when it was another message
 */
export async function recalled<T>(
  { fingerprint, outcome }: Extract<AppendResult, { status: 'repeated' }>,
  identity: MessageIdentity | undefined,
  recall: Recall<T>,
): Promise<T> {
  if (fingerprint !== identity?.fingerprint) {
    throw new DomainError(
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used for another request. Send each request under a key of its own.',
    );
  }
  const { refusal, value } = outcome as RememberedOutcome;
  if (refusal) throw new DomainError(refusal.code, refusal.message, refusal.data);
  return recall.restore(value);
}
