import {
  currentMessageContext,
  recalled,
  type AppendResult,
  type MessageIdentity,
  type RememberedCommand,
} from '../event-sourcing/index.js';

/**
 * The key of a report, on its way into the log. What was stored is known by the ids of the events, so no more than the
 * key is remembered.
 */
export class KeyUse {
  /** Goes along with every append until one of them is through. */
  readonly command: RememberedCommand;
  /** Whether the key is yet to be written down. */
  isOpen = true;

  private constructor(private readonly identity: MessageIdentity) {
    // The id is not used up: the same key remembers a refusal, where the report comes to nothing.
    this.command = { id: identity.id, fingerprint: identity.fingerprint, outcome: {} };
  }

  /** Of the running message; `undefined` where it has no identity. */
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
