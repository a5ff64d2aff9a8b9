import * as fc from 'fast-check';
import { partitionOf } from './partition.js';
import { endOfTaken, takenBy, takenUpTo, type Taken } from './taken.js';

interface Place {
  position: number;
  taken: Taken | undefined;
}

/** What happens to a handler: a partition reads some events, or the number of partitions changes. */
type Happening = { readonly reads: number; readonly events: number } | { readonly count: number };

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const LENGTH = 60;

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ reads: fc.nat(7), events: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ count: fc.integer({ min: 1, max: 8 }) }) },
  ),
  { maxLength: 40 },
);

/** A handler with partitions, and what it was told. */
class Handler {
  readonly told: { readonly key: string; readonly position: number }[] = [];
  places: Place[] = [{ position: 0, taken: undefined }];

  constructor(private readonly log: readonly string[]) {}

  happen(happening: Happening): void {
    if ('count' in happening) this.divide(happening.count);
    else this.read(happening.reads % this.places.length, happening.events);
  }

  finish(): void {
    this.places.forEach((_, index) => {
      this.read(index, this.log.length);
    });
  }

  private divide(count: number): void {
    const start = Math.min(...this.places.map(({ position }) => position));
    const taken = takenBy(this.places, start);
    this.places = Array.from({ length: count }, () => ({ position: start, taken }));
  }

  private read(index: number, events: number): void {
    const place = this.places[index];
    if (!place) return;
    for (let read = 0; read < events && place.position < this.log.length; read += 1) {
      place.position += 1;
      const key = this.log[place.position - 1] ?? '';
      const isOwn = partitionOf(key, this.places.length) === index;
      if (isOwn && place.position > takenUpTo(place.taken, key))
        this.told.push({ key, position: place.position });
    }
    if (place.position >= endOfTaken(place.taken)) place.taken = undefined;
  }
}

it('tells each event once and in the order of its key, whenever the number of partitions changes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...KEYS), { minLength: LENGTH, maxLength: LENGTH }),
      happenings,
      (log, all) => {
        const handler = new Handler(log);
        for (const happening of all) handler.happen(happening);
        handler.finish();
        for (const key of KEYS) {
          const expected = log.flatMap((one, index) => (one === key ? [index + 1] : []));
          const told = handler.told.filter((one) => one.key === key).map(({ position }) => position);
          expect(told).toEqual(expected);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

it('leaves nothing to skip when all partitions are at one position', () => {
  expect(takenBy([{ position: 7 }, { position: 7 }], 7)).toBeUndefined();
});
