import { handOut } from '../runtime/hand-out.js';
import { newId } from '../runtime/new-id.js';
import { currentMessageContext, type MessageIdentity } from '../runtime/message-context.js';
import { emptyStream, fold, type Decider, type Versioned } from '../kernel/decider.js';
import { DomainError } from '../kernel/domain-error.js';
import type { DomainEvent } from '../kernel/event.js';
import type { EventMetadata, RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import type { AppendResult, RememberedCommand } from '../log/append/append.js';
import { Decision, StreamsMissing, TooEarly } from './decision.js';
import { asItIs, recalled, rememberedCommand, type Recall } from './remembered-outcome.js';
import { Repeats, Turn } from './repeats.js';
import { streamRef, type StateCache } from './state-cache.js';
import type { StreamCell } from './stream-cell.js';
import type { Transaction } from './transaction.js';
import { verdictOf, type Decided, type Verdict } from './verdict.js';
import { refuseWithinDecision } from './within-decision.js';

const MAX_CONFLICTS = 10;
const FIRST_JITTER_MS = 4;
const LONGEST_JITTER_MS = 64;
const SYSTEM_ACTOR = { type: 'system', id: null } as const;

/**
 * The repository of all deciders: loads states, runs a decision, appends what it decided, and starts anew when a stream it
 * had looked at has moved on meanwhile.
 */
export class EventStore {
  private readonly repeats = new Repeats();

  constructor(
    private readonly log: EventLog,
    private readonly cache: StateCache,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /**
   * Runs a decision. When this resolves, its events are on disk, and all that it looked at was as it saw it. Within a message
   * that may come twice (`MessageContext.identity`) it takes effect once, and a repeat has the first outcome.
   *
   * @param decide a synchronous function without effects of its own; it may run several times. Its transaction is closed when it returns.
   * @param recall how the outcome is remembered for a repeat; as JSON, unless given
   * @returns what the run of `decide` that counted has returned
   * @throws Error within another decision, and when `decide` returns a promise or uses its transaction in a way that is not allowed
   * @throws DomainError as thrown by `decide`, checked against the log like any answer
   * @throws DomainError `TOO_MUCH_CONTENTION` after ten conflicts in a row
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED` when another message had the same identity
   * @throws LogUnavailableError when the log is out of reach
   */
  transact<T>(
    decide: (transaction: Transaction) => Decided<T>,
    recall: Recall<T> = asItIs as Recall<T>,
  ): Promise<T> {
    // Not in an async function: a decision that calls this is interrupted at once.
    refuseWithinDecision('EventStore.transact');
    const identity = currentMessageContext()?.identity;
    if (identity === undefined) return this.run(decide, recall, newId(), new Turn());
    const id = identity.nextId();
    return this.repeats.inTurn(id, (turn) => this.run(decide, recall, id, turn, identity));
  }

  private async run<T>(
    decide: (transaction: Transaction) => Decided<T>,
    recall: Recall<T>,
    commandId: string,
    turn: Turn,
    identity?: MessageIdentity,
  ): Promise<T> {
    const metadata = this.metadata(commandId);
    const loaded = new Map<string, StreamCell>();
    let notBefore = currentMessageContext()?.notBefore ?? new Date(0);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS;) {
      const now = this.clock();
      const decision = new Decision(this.cache, loaded, now > notBefore ? now : notBefore);
      let verdict: Verdict<T>;
      try {
        verdict = verdictOf<T>(decide, decision);
      } catch (error) {
        if (error instanceof TooEarly) notBefore = error.notBefore;
        else if (error instanceof StreamsMissing) {
          const cells = await this.cache.load(error.refs);
          cells.forEach((cell, index) => loaded.set(error.refs[index]?.stream ?? '', cell));
        } else throw error;
        continue;
      }
      const { buildsOn } = decision;
      const command = identity && rememberedCommand(identity, commandId, verdict, recall);
      // A message that has had its effect may be refused when it comes again, because the effect is there.
      const isOpen =
        identity && !command && verdict.refused && !identity.handling.tellsFirst(verdict.error.code);
      if (turn.outcome && (command || isOpen)) return recalled(turn.outcome, identity, recall, verdict);
      const result = await this.store(decision, metadata, !verdict.refused, command);
      if (result.status === 'repeated') {
        turn.outcome = result;
        return recalled(result, identity, recall, verdict);
      }
      if (result.status === 'appended') {
        if (command) {
          turn.stored(command);
          identity.handling.onEffect(false);
        }
        if (!verdict.refused) return verdict.value;
        if (isOpen) turn.outcome = await this.log.outcomeOf(commandId);
        if (isOpen && turn.outcome) return recalled(turn.outcome, identity, recall, verdict);
        throw verdict.error;
      }
      // To have built on another command's bad luck is no conflict of its own.
      if (!buildsOn.some(({ outcome }) => outcome === 'failed')) conflicts += 1;
      loaded.clear();
      await this.cache.refresh(decision.refs);
      if (conflicts > 1)
        await pause(Math.random() * Math.min(FIRST_JITTER_MS * 2 ** conflicts, LONGEST_JITTER_MS));
    }
    throw new DomainError(
      'TOO_MUCH_CONTENTION',
      'Too many others are changing this at the same moment. Send the request again.',
    );
  }

  /** The present states, in the order of `ids`, without a guard; a process may be some milliseconds behind others. */
  async peek<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Promise<Versioned<State>[]> {
    const refs = ids.map((id) => streamRef(decider, id));
    const cells = await this.cache.load(refs);
    return cells.map(({ committed }) => committed as Versioned<State>);
  }

  /** The state at a version that the log has reached, or at a later one, also where another process was the one who took it there. */
  async reached<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    version: number,
  ): Promise<Versioned<State>> {
    const ref = streamRef(decider, id);
    const known = this.known(decider, id);
    if (known !== undefined && known.version >= version) return known;
    const [cell] = await this.cache.refresh([ref]);
    return (cell?.committed ?? handOut(emptyStream(decider))) as Versioned<State>;
  }

  /** The state that this process has in memory, at once; `undefined` where it has none, which says nothing of the stream. */
  known<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
  ): Versioned<State> | undefined {
    return this.cache.get(streamRef(decider, id))?.committed as Versioned<State> | undefined;
  }

  /** The state as it was at a version, or at a time (inclusive); version 0 where nothing had happened yet. */
  async loadPast<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    until: { readonly version: number } | { readonly time: Date },
  ): Promise<Versioned<State>> {
    const { stream } = streamRef(decider, id);
    const present = this.known(decider, id);
    if (present && 'version' in until && until.version === present.version) return present;
    const events =
      'version' in until
        ? await this.log.readStream(stream, { limit: until.version })
        : await this.log.readStream(stream);
    const past = 'time' in until ? events.filter(({ occurredAt }) => occurredAt <= until.time) : events;
    return handOut(fold(decider, emptyStream(decider), past as unknown as RecordedEvent<Event>[]));
  }

  /** Resolves to what came of what was decided. */
  private async store(
    decision: Decision,
    metadata: EventMetadata,
    accepted: boolean,
    command: RememberedCommand | undefined,
  ): Promise<AppendResult> {
    if (decision.refs.length === 0 && !command) return { status: 'appended' };
    const append = { ...decision.toAppend(metadata, accepted), ...(command && { command }) };
    const pending = this.log.append(append, decision.buildsOn);
    if (accepted) decision.advance(pending);
    let result: AppendResult;
    try {
      result = await pending.result;
    } catch (error) {
      decision.rollBack(pending);
      throw error;
    }
    if (result.status === 'appended') decision.confirm(pending);
    else if (accepted) decision.rollBack(pending);
    return result;
  }

  private metadata(commandId: string): EventMetadata {
    const context = currentMessageContext();
    if (!context) return { correlationId: commandId, causationId: commandId, actor: SYSTEM_ACTOR, commandId };
    const { correlationId, causationId, actor } = context;
    return { correlationId, causationId, actor, commandId };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
