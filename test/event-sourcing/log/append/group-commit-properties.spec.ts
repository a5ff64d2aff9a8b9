import fc from 'fast-check';
import type { Append } from '../../../../src/event-sourcing/log/append/append.js';
import type { BatchEntry } from '../../../../src/event-sourcing/log/append/batch-arrays.js';
import type { SentOutcome } from '../../../../src/event-sourcing/log/append/group-commit.js';
import type { PendingAppend } from '../../../../src/event-sourcing/log/append/pending-append.js';
import {
  APPENDED,
  appendTo,
  BATCHES,
  groupCommit,
  outcomes,
  settle,
  SIZE,
  Wire,
} from '../../support/wire.js';

const streams = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 2 });
const verdict = fc.constantFrom<SentOutcome>(
  APPENDED,
  APPENDED,
  APPENDED,
  { status: 'conflict' },
  { status: 'busy' },
  { status: 'error', error: new Error('poisoned') },
);
const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('enqueue' as const),
      writes: streams,
      reads: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'p'), { maxLength: 1 }),
      builds: fc.boolean(),
      command: fc.option(fc.constantFrom('c1', 'c2'), { nil: undefined, freq: 8 }),
    }),
    fc.record({
      does: fc.constant('answer' as const),
      which: fc.nat(3),
      verdicts: fc.array(verdict, { minLength: SIZE, maxLength: SIZE }),
    }),
  ),
  { maxLength: 80 },
);

describe('whatever is appended and whatever comes of it', () => {
  it('no two appends meet that must not, nothing is sent on top of what failed, and all come to an end', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const wire = new Wire();
        const commit = groupCommit(wire);
        const all = new Map<Append, PendingAppend>();
        const bases = new Map<PendingAppend, readonly PendingAppend[]>();
        const tails = new Map<string, PendingAppend>();
        const versions = new Map<string, number>();
        const at = (stream: string, builds: boolean): string =>
          `${stream}@${builds ? (versions.get(stream) ?? 0) : 0}`;

        const check = (): void => {
          expect(wire.inFlight.filter(({ wait }) => !wait).length).toBeLessThanOrEqual(BATCHES);
          const together = wire.inFlight.flatMap((sent) => sent.entries.map((entry) => ({ sent, entry })));
          together.forEach(({ sent, entry: { append, buildsOn } }, index) => {
            expect(sent.entries.length).toBeLessThanOrEqual(sent.wait ? 1 : SIZE);
            const pending = all.get(append);
            const below = (pending && bases.get(pending)) ?? [];
            const before = buildsOn.map((base) => all.get(sent.entries[base]?.append ?? append));
            // What it builds on is stored, or rides in front of it.
            for (const one of below) expect(one.outcome === 'stored' || before.includes(one)).toBe(true);
            for (const base of buildsOn)
              expect(base).toBeLessThan(sent.entries.findIndex((e) => e.append === append));
            for (const { sent: otherSent, entry: other } of together.slice(index + 1)) {
              const otherPending = all.get(other.append);
              if (otherSent !== sent) expect(clash(append, other.append)).toBe(false);
              // In one batch all are looked at before any is stored, so that one may write what another before it has read.
              else if (clash(append, other.append, false))
                expect(pending && otherPending && restsOn(otherPending, pending, bases)).toBe(true);
            }
          });
        };

        for (const step of script) {
          if (step.does === 'enqueue') {
            const reads = step.reads.filter((read) => step.writes.every((write) => write !== read));
            const append = appendTo(
              step.writes.map((stream) => at(stream, step.builds)),
              reads.map((stream) => at(stream, step.builds)),
              step.command,
            );
            const seen = [...step.writes, ...reads];
            const below = step.builds ? [...new Set(seen.flatMap((s) => tails.get(s) ?? []))] : [];
            const pending = commit.enqueue(append, below);
            all.set(append, pending);
            bases.set(pending, below);
            for (const { stream, expectedVersion } of append.writes) {
              tails.set(stream, pending);
              versions.set(stream, expectedVersion + 1);
            }
          } else {
            const [sent] = wire.inFlight.splice(step.which % Math.max(wire.inFlight.length, 1), 1);
            sent?.answer(judge(sent.entries, step.verdicts));
          }
          await settle();
          check();
        }
        while (wire.inFlight.length > 0) {
          const sent = wire.inFlight.shift();
          sent?.answer(sent.entries.map(() => APPENDED));
          await settle();
          check();
        }
        await commit.drained();
        expect(commit.waiting).toBe(0);
        for (const [pending, below] of bases) {
          expect(['stored', 'failed']).toContain(pending.outcome);
          if (pending.outcome === 'stored') for (const one of below) expect(one.outcome).toBe('stored');
        }
        const answered = [...bases.keys()];
        expect(await outcomes(answered)).toEqual(
          answered.map(({ outcome }) =>
            outcome === 'stored' ? 'appended' : (expect.stringMatching(/conflict|error/) as string),
          ),
        );
      }),
      { numRuns: 400 },
    );
  });
});

/** As the database judges: what builds on a failed append fails with it. */
function judge(entries: readonly BatchEntry[], verdicts: readonly SentOutcome[]): SentOutcome[] {
  const judged: SentOutcome[] = [];
  entries.forEach(({ buildsOn }, index) => {
    const stand = buildsOn.every((base) => judged[base]?.status === 'appended');
    judged.push(stand ? (verdicts[index] ?? APPENDED) : { status: 'conflict' });
  });
  return judged;
}

function restsOn(
  pending: PendingAppend,
  other: PendingAppend,
  bases: ReadonlyMap<PendingAppend, readonly PendingAppend[]>,
): boolean {
  return pending === other || (bases.get(pending) ?? []).some((base) => restsOn(base, other, bases));
}

/** Whether one writes what the other uses; `eitherWay`, or only the first of them. */
function clash(one: Append, other: Append, eitherWay = true): boolean {
  const written = (append: Append): string[] => append.writes.map(({ stream }) => stream);
  const used = (append: Append): string[] => [
    ...written(append),
    ...append.conditions.map(({ stream }) => stream),
  ];
  return (
    written(one).some((stream) => used(other).includes(stream)) ||
    (eitherWay && written(other).some((stream) => used(one).includes(stream))) ||
    (one.command !== undefined && one.command.id === other.command?.id)
  );
}
