import { setTimeout as pause } from 'node:timers/promises';
import { handOut } from '../runtime/hand-out.js';
import { newId } from '../runtime/new-id.js';
import { metadataOfCommand } from '../runtime/command-metadata.js';
import { currentMessageContext } from '../runtime/message-context.js';
import { emptyStream, type Decider, type Versioned } from '../kernel/decider.js';
import { DomainError } from '../kernel/domain-error.js';
import type { DomainEvent } from '../kernel/event.js';
import type { EventMetadata } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import type { AppendResult, RememberedCommand } from '../log/append/append.js';
import { CommandMemory } from './command-memory.js';
import { DecisionRunner } from './decision-runner.js';
import { loadPast, type PastState } from './past-state.js';
import { asItIs, type Recall } from './remembered-outcome.js';
import { Repeats, Turn } from './repeats.js';
import type { SeenStreams } from './seen-streams.js';
import type { StateCache } from './state-cache.js';
import type { WatchedState } from './stream-cell.js';
import { streamRef } from './stream-ref.js';
import type { Transaction } from './transaction.js';
import { verdictOfSearch, type Decided } from './verdict.js';
import { refuseWithinDecision } from './within-decision.js';

const MAX_CONFLICTS = 10;
const FIRST_JITTER_MS = 4;
const LONGEST_JITTER_MS = 64;

/** What a decision has returned, and how far its effect is in the log. */
export interface Placed<T> {
  /** What the decision has returned. */
  readonly value: T;
  /** Position in the log. */
  readonly position: number;
}

/**
 * The repository of all deciders. It loads states, runs a decision, appends its events, and starts anew when a stream
 * that the decision looked at has moved on.
 */
export class EventStore {
  private readonly repeats = new Repeats();

  /** @internal */
  constructor(
    private readonly log: EventLog,
    private readonly cache: StateCache,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /**
   * Runs a decision. When the promise resolves, the events are on disk, and every stream that the decision looked at
   * was as it saw it. A message with an identity (`MessageContext.identity`) takes effect once; a repeat gets the
   * first outcome.
   *
   * @param decide a synchronous function without effects of its own; it may run several times. Its transaction is
   *   closed when it returns.
   * @param recall how the outcome is remembered for a repeat; by default as JSON
   * @returns what the run of `decide` that counted has returned
   * @throws Error within another decision, and when `decide` returns a promise or misuses its transaction
   * @throws DomainError as thrown by `decide`, checked against the log like any answer
   * @throws DomainError `TOO_MUCH_CONTENTION` after ten conflicts in a row
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED` when another message had the same identity
   * @throws LogUnavailableError when the log cannot be reached; whether the events were stored is unknown then
   */
  transact<T>(
    decide: (transaction: Transaction) => Decided<T>,
    recall: Recall<T> = asItIs as Recall<T>,
  ): Promise<T> {
    // Not in an async function: a decision that calls this is interrupted at once.
    refuseWithinDecision('EventStore.transact');
    return this.remembered(recall, async (memory) => (await this.run(decide, memory)).value);
  }

  /**
   * As `transact`. The result also has a position, for which a query can wait (`LiveView.reached`).
   * @returns the value, and a position: everything that the decision has stored or seen is at it or before it
   */
  transactWithPosition<T>(
    decide: (transaction: Transaction) => Decided<T>,
    recall: Recall<T> = asItIs as Recall<T>,
  ): Promise<Placed<T>> {
    refuseWithinDecision('EventStore.transactWithPosition');
    return this.remembered(recall, async (memory) => {
      const { value, position } = await this.run(decide, memory);
      // Nothing was stored in this run, or the answer of the log was lost. What was stored before is before the head.
      return { value, position: position ?? (await this.log.lookUpHead()) };
    });
  }

  /**
   * Finds an outcome that no event records, and remembers it for the running message: a repeat gets the first one.
   * Without an identity (`MessageContext.identity`) nothing is remembered.
   *
   * @param find returns the outcome, a JSON value, or throws a DomainError, which is remembered if the message asks
   *   for that. It must have no effect, because it runs again for a repeat, and its result is dropped then.
   * @returns the outcome that was remembered first
   * @throws Error within a decision
   * @throws DomainError as thrown by `find`, then or the first time
   * @throws DomainError `IDEMPOTENCY_KEY_REUSED` when another message had the same identity
   * @throws LogUnavailableError when the log cannot be reached
   */
  firstOutcomeOf<T>(find: () => T | Promise<T>): Promise<T> {
    refuseWithinDecision('EventStore.firstOutcomeOf');
    return this.remembered(asItIs as Recall<T>, async (memory) => {
      const outcome = await memory.conclude(await verdictOfSearch(find), (command) => this.note(command));
      if (!outcome) throw new Error('The event log reports a conflict for an append without streams.');
      return outcome.value;
    });
  }

  /**
   * The state of a stream as the log has it: every event that was committed before the call is in it.
   * @param at asks for a state of the past instead; version 0 where nothing had happened yet
   * @throws LogUnavailableError when the log cannot be reached
   */
  async load<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    at?: PastState,
  ): Promise<Versioned<State>> {
    const ref = streamRef(decider, id);
    if (at !== undefined) {
      const present = this.known(decider, id);
      if (present && 'version' in at && at.version === present.version) return present;
      return loadPast(this.log, this.cache, decider, ref, at);
    }
    const [cell] = await this.cache.refresh([ref]);
    return (cell?.committed ?? handOut(emptyStream(decider))) as Versioned<State>;
  }

  /**
   * States from memory, in the order of `ids`; those that are not there are loaded in one round trip. What other
   * processes have stored in the last milliseconds may be missing.
   * @throws LogUnavailableError when a state has to be loaded and the log cannot be reached
   */
  async loadCached<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Promise<Versioned<State>[]> {
    const cells = await this.cache.load(ids.map((id) => streamRef(decider, id)));
    return cells.map(({ committed }) => committed as Versioned<State>);
  }

  /**
   * The state in memory, at once. `undefined` says that it is not in memory, and nothing about the stream. A look does
   * not count as a use: it does not keep the state in memory.
   */
  known<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
  ): Versioned<State> | undefined {
    return this.cache.peek(streamRef(decider, id))?.committed as Versioned<State> | undefined;
  }

  /**
   * As `known`. The result also tells whether it is still the state in memory, which takes less time than another look.
   */
  watch<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
  ): WatchedState<State> | undefined {
    return this.cache.peek(streamRef(decider, id))?.watch() as WatchedState<State> | undefined;
  }

  /** Runs a command of the running message. Repeats that come to this process at the same moment take turns. */
  private remembered<T, Result>(
    recall: Recall<T>,
    run: (memory: CommandMemory<T>) => Promise<Result>,
  ): Promise<Result> {
    const identity = currentMessageContext()?.identity;
    if (identity === undefined) return run(new CommandMemory(newId(), this.log, recall, new Turn()));
    const id = identity.nextId();
    return this.repeats.inTurn(id, (turn) => run(new CommandMemory(id, this.log, recall, turn, identity)));
  }

  private async run<T>(
    decide: (transaction: Transaction) => Decided<T>,
    memory: CommandMemory<T>,
  ): Promise<{ readonly value: T; readonly position: number | undefined }> {
    const metadata = metadataOfCommand(memory.commandId);
    const runner = new DecisionRunner(decide, this.cache, this.clock, currentMessageContext()?.notBefore);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS;) {
      const run = runner.run();
      if (!run) {
        await runner.loadMissing();
        continue;
      }
      // Nothing is awaited between the run and the append: the next decision has to see the events of this one.
      let result: AppendResult | undefined;
      const outcome = await memory.conclude(run.verdict, async (command) => {
        result = await this.store(run.seen, metadata, !run.verdict.refused, command);
        return result;
      });
      if (outcome) return { value: outcome.value, position: lastPosition(result) };
      // A failed append of another command, on which this one built, is no conflict of its own.
      if (!run.buildsOn.some((base) => base.outcome === 'failed')) conflicts += 1;
      await runner.refresh(run);
      if (conflicts > 1)
        await pause(Math.random() * Math.min(FIRST_JITTER_MS * 2 ** conflicts, LONGEST_JITTER_MS));
    }
    throw new DomainError(
      'TOO_MUCH_CONTENTION',
      'Too many others are changing this at the same moment. Send the request again.',
    );
  }

  private async store(
    seen: SeenStreams,
    metadata: EventMetadata,
    accepted: boolean,
    command: RememberedCommand | undefined,
  ): Promise<AppendResult> {
    if (seen.refs.length === 0) return this.note(command);
    const append = { ...seen.toAppend(metadata, accepted), ...(command && { command }) };
    const pending = this.log.append(append, seen.buildsOn);
    if (accepted) seen.advance(pending);
    let result: AppendResult;
    try {
      result = await pending.result;
    } catch (error) {
      seen.rollBack(pending);
      throw error;
    }
    if (result.status === 'appended') seen.confirm(pending, this.cache);
    else if (accepted) seen.rollBack(pending);
    return result;
  }

  /** Stores what is to be remembered of a command that looked at no stream. */
  private async note(command: RememberedCommand | undefined): Promise<AppendResult> {
    if (!command) return { status: 'appended' };
    return this.log.append({ writes: [], conditions: [], command }).result;
  }
}

function lastPosition(result: AppendResult | undefined): number | undefined {
  return result?.status === 'appended' ? result.positions?.at(-1) : undefined;
}
