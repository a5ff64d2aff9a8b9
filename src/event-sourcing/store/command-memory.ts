import type { MessageIdentity } from '../runtime/message-context.js';
import type { AppendRepeated, AppendResult, RememberedCommand } from '../log/append/append.js';
import type { EventLog } from '../log/event-log.js';
import { recalled, rememberedCommand, type Recall } from './remembered-outcome.js';
import type { Turn } from './repeats.js';
import type { Verdict } from './verdict.js';

/**
 * Gives one command its outcome. A message with an identity may come again; then the outcome is stored together with
 * the events, and a repeat gets the one that was stored first.
 */
export class CommandMemory<T> {
  constructor(
    readonly commandId: string,
    private readonly log: Pick<EventLog, 'outcomeOf'>,
    private readonly recall: Recall<T>,
    private readonly turn: Turn,
    private readonly identity?: MessageIdentity,
  ) {}

  /**
   * @param verdict what the command has come to in this run
   * @param append stores the events of the verdict together with what is to be remembered
   * @returns the outcome of the command, of this run or of an earlier one; `undefined` after a conflict
   * @throws DomainError for a refusal, of this run or of an earlier one
   */
  async conclude(
    verdict: Verdict<T>,
    append: (command: RememberedCommand | undefined) => Promise<AppendResult>,
  ): Promise<{ readonly value: T } | undefined> {
    const command = this.identity && rememberedCommand(this.identity, this.commandId, verdict, this.recall);
    const isRepeat = command !== undefined || this.mayHaveTakenEffect(verdict);
    if (this.turn.outcome && isRepeat) return this.first(this.turn.outcome, verdict);
    const result = await append(command);
    if (result.status === 'conflict') return undefined;
    if (result.status === 'repeated') return this.first(result, verdict);
    if (command) {
      this.turn.stored(command);
      this.identity.handling.onEffect(false);
    }
    if (!verdict.refused) return { value: verdict.value };
    const outcome = !command && isRepeat ? await this.log.outcomeOf(this.commandId) : undefined;
    if (outcome) return this.first(outcome, verdict);
    throw verdict.error;
  }

  /** A repeat may be refused just because the first run took effect. Then its answer is the first outcome. */
  private mayHaveTakenEffect(verdict: Verdict<T>): boolean {
    return verdict.refused && this.identity?.handling.precedesIdCheck(verdict.error.code) === false;
  }

  private async first(outcome: AppendRepeated, verdict: Verdict<T>): Promise<{ readonly value: T }> {
    this.turn.outcome = outcome;
    return { value: await recalled(outcome, this.identity, this.recall, verdict) };
  }
}
