import {
  currentMessageContext,
  recalled,
  type AppendResult,
  type MessageIdentity,
  type RememberedCommand,
} from '../event-sourcing/index.js';

/**
 * The idempotency key of a report until it is stored. The ids of the events identify what was stored, so only the key
 * is remembered.
 */
export class KeyUse {
  /** Sent with every append until one succeeds. */
  readonly command: RememberedCommand;
  /** Whether the key is not stored yet. */
  isOpen = true;

  private constructor(private readonly identity: MessageIdentity) {
    // The id stays free, so that the same key can remember a refusal if the report is refused.
    this.command = { id: identity.id, fingerprint: identity.fingerprint, outcome: {} };
  }

  /** The key of the running message; `undefined` if it has none. */
  static ofMessage(): KeyUse | undefined {
    const identity = currentMessageContext()?.identity;
    return identity && new KeyUse(identity);
  }

  /**
   * Takes in what came of an append that had the key with it.
   * @throws DomainError as the request was refused with before; `IDEMPOTENCY_KEY_REUSED` when the key was used for
   *   another one
   */
  async take(result: AppendResult): Promise<void> {
    if (result.status === 'conflict') return;
    if (result.status === 'repeated') await recalled(result, this.identity);
    else this.identity.handling.onEffect(false);
    this.isOpen = false;
  }
}
