import fc from 'fast-check';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { LogEntry } from '../event-reader.js';
import { SettledPrefix, type LogView } from './settled-prefix.js';

/** What happens to the log, at any moment between two looks or in the middle of one. */
type Step =
  | { readonly does: 'draw' | 'commit' | 'abort'; readonly transaction: number }
  // The answer to a transaction of this process arrives, some time after it was committed.
  | { readonly does: 'answer'; readonly committed: number }
  | { readonly does: 'jump' };

/**
 * A log and its transactions, as PostgreSQL would have them: a transaction that has drawn a position holds a lock
 * until it ends.
 */
class SimulatedLog implements LogView {
  readonly committed: number[] = [];
  private readonly drawn = new Map<string, number[]>();
  private position = 0;
  private names = 0;
  private calls = 0;
  /** Committed positions whose answers are on their way. */
  private readonly unanswered: number[][] = [];

  /** @param answer is given the events of a transaction of this process */
  constructor(
    private readonly script: Step[],
    private readonly answer: (events: RecordedEvent[]) => void,
  ) {}

  async top(): Promise<LogEntry | undefined> {
    this.goOn();
    const position = Math.max(0, ...this.committed);
    return Promise.resolve(position > 0 ? { position, id: String(position) } : undefined);
  }

  async range(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    this.goOn();
    const found = this.committed.filter((position) => position > after && position <= upTo);
    return Promise.resolve(
      found
        .sort((a, b) => a - b)
        .slice(0, limit)
        .map(recordedAt),
    );
  }

  async writers(): Promise<ReadonlySet<string>> {
    this.goOn();
    return Promise.resolve(new Set(this.drawn.keys()));
  }

  get isDone(): boolean {
    return this.script.length === 0;
  }

  endAll(): void {
    for (const name of [...this.drawn.keys()]) this.end(name, true);
  }

  /** Some steps of the others, before what was asked is looked up. */
  private goOn(): void {
    this.calls += 1;
    for (let steps = (this.calls * this.calls) % 5; steps > 0; steps -= 1) {
      const step = this.script.shift();
      if (step) this.take(step);
    }
  }

  private take(step: Step): void {
    if (step.does === 'jump') {
      this.position += 3;
      return;
    }
    if (step.does === 'answer') {
      const [positions = []] = this.unanswered.splice(
        step.committed % Math.max(this.unanswered.length, 1),
        1,
      );
      this.answer(positions.map(recordedAt));
      return;
    }
    const open = [...this.drawn.keys()];
    const name = open[step.transaction % (open.length + 1)];
    if (step.does === 'draw') {
      const drawer = name ?? `t${(this.names += 1)}`;
      this.position += 1;
      this.drawn.set(drawer, [...(this.drawn.get(drawer) ?? []), this.position]);
    } else if (name !== undefined) this.end(name, step.does === 'commit');
  }

  private end(name: string, isKept: boolean): void {
    const positions = this.drawn.get(name) ?? [];
    if (isKept) this.committed.push(...positions);
    if (isKept && Number(name.slice(1)) % 3 > 0) this.unanswered.push(positions);
    this.drawn.delete(name);
  }
}

const recordedAt = (position: number) => ({ position, id: String(position) }) as RecordedEvent;

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('draw' as const), transaction: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('commit' as const), transaction: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('abort' as const), transaction: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('answer' as const), committed: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.constant({ does: 'jump' as const }) },
  ),
  { maxLength: 120 },
);

describe('the settled prefix of a log', () => {
  it('takes in every committed event once, in order, however transactions and looks interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.nat(60),
        fc.array(fc.constantFrom(0, Infinity, 9)),
        async (script, before, wanted) => {
          const settled: number[] = [];
          const prefix = new SettledPrefix((events) =>
            settled.push(...events.map(({ position }) => position)),
          );
          const log = new SimulatedLog(script.slice(before), (events) => {
            prefix.stored(events);
          });
          await prefix.begin(log);
          let begunAt: number | undefined;
          const look = async (upTo = wanted.shift() ?? Infinity): Promise<void> => {
            await prefix.look(log, upTo);
            if (prefix.isOpen) begunAt ??= prefix.mark;
            // Nothing that is still to come lies at or before the mark.
            const soFar = log.committed.filter(
              (position) => position <= prefix.mark && position > (begunAt ?? 0),
            );
            expect(settled).toEqual(soFar.sort((a, b) => a - b));
          };
          while (!log.isDone) await look();
          log.endAll();
          // Nothing holds it up any more.
          for (let looks = 0; looks < 3; looks += 1) await look(Infinity);
          expect(prefix.isHeldUp).toBe(false);
          expect(prefix.hasGap).toBe(false);
          expect(settled).toEqual(
            log.committed.filter((position) => position > (begunAt ?? 0)).sort((a, b) => a - b),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
