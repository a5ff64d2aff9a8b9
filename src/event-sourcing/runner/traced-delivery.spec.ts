import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { Span, SpanStart, Tracing } from '../runtime/tracing.js';
import { NO_WORK, type Work } from '../subscriptions/checkpoint-move.js';
import type { Batch, Delivery } from '../subscriptions/delivery.js';
import { recorded } from '../testing/recorded.js';
import { event } from '../kernel/event.js';
import { TracedDelivery } from './traced-delivery.js';

class Sold extends event('shop.sold')<object>() {}

const traceOf = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
const HOUR = 3_600_000;

/** Remembers spans as lines: their beginnings, links and ends. */
class Notes implements Tracing {
  readonly lines: string[] = [];
  private begun = 0;

  begin({ name, parent, links = [] }: SpanStart): Span {
    this.begun += 1;
    const label = `${name} ${this.begun}`;
    const { lines } = this;
    lines.push(`${label} in ${parent?.[3] ?? 'none'}${links.map((link) => `, linked ${link[3]}`).join('')}`);
    return {
      traceparent: parent ?? traceOf('f'),
      run: (work) => work(),
      describe: () => undefined,
      linkTo: (other) => lines.push(`${label} links ${other[3]}`),
      end: (error) => lines.push(`${label} ends${error === undefined ? '' : ` ${(error as Error).name}`}`),
    };
  }
}

let notes: Notes;
let taken: number[];
beforeEach(() => {
  notes = new Notes();
  taken = [];
});

function deliveryOf(
  kind: 'projection' | 'handler' | 'relay',
  work: Work | null = NO_WORK,
  send?: Batch['send'],
): TracedDelivery {
  const inner: Delivery = {
    keyOf: ({ stream }) => stream,
    begin: () =>
      Promise.resolve({
        take: ({ position }) => {
          if (position === 9) throw new RangeError('nine');
          taken.push(position);
        },
        work: () => work ?? undefined,
        written: () => undefined,
        ...(send && { send }),
      }),
    forget: () => undefined,
  };
  return new TracedDelivery(inner, notes, { name: 'sales', kind });
}

function sold(position: number, digit: string | undefined, ageMs = 0): RecordedEvent {
  const { metadata, ...record } = recorded(new Sold({}), { position });
  const trace = digit === undefined ? {} : { traceparent: traceOf(digit) };
  return { ...record, metadata: { ...metadata, ...trace }, occurredAt: new Date(Date.now() - ageMs) };
}

it('gives a projection one span for each trace of a batch, which ends with the write', async () => {
  const batch = await deliveryOf('projection').begin([]);
  for (const one of [sold(1, 'a'), sold(2, 'a'), sold(3, undefined)]) await batch.take(one);
  batch.work();
  expect(notes.lines).toEqual(['projection sales 1 in a']);
  batch.written();
  expect(notes.lines).toEqual(['projection sales 1 in a', 'projection sales 1 ends']);
  expect(taken).toEqual([1, 2, 3]);
});

it('links a batch of several traces with each of them', async () => {
  const batch = await deliveryOf('projection').begin([]);
  for (const one of [sold(1, 'a'), sold(2, 'b')]) await batch.take(one);
  batch.work();
  batch.written();
  expect(notes.lines).toEqual([
    'projection sales 1 in a',
    'projection sales 2 in b',
    'projection sales batch 3 in none, linked a, linked b',
    'projection sales 1 links f',
    'projection sales 2 links f',
    'projection sales 1 ends',
    'projection sales 2 ends',
    'projection sales batch 3 ends',
  ]);
});

it('ends the spans of a batch that has nothing to write', async () => {
  const delivery = deliveryOf('projection', null);
  const batch = await delivery.begin([]);
  await batch.take(sold(1, 'a'));
  batch.work();
  expect(notes.lines).toEqual(['projection sales 1 in a', 'projection sales 1 ends']);
});

it('ends the spans of a batch that was not written with an error', async () => {
  const delivery = deliveryOf('projection');
  const batch = await delivery.begin([]);
  await batch.take(sold(1, 'a'));
  batch.work();
  delivery.forget();
  expect(notes.lines).toEqual(['projection sales 1 in a', 'projection sales 1 ends NotWrittenError']);
});

it('gives a plain handler one span for each event, which ends with the call', async () => {
  const batch = await deliveryOf('handler').begin([]);
  for (const one of [sold(1, 'a'), sold(2, 'a')]) await batch.take(one);
  expect(() => batch.take(sold(9, 'a'))).toThrow(RangeError);
  expect(notes.lines).toEqual([
    'handler sales 1 in a',
    'handler sales 1 ends',
    'handler sales 2 in a',
    'handler sales 2 ends',
    'handler sales 3 in a',
    'handler sales 3 ends RangeError',
  ]);
});

it('gives a relay a span of its batch while it sends, and ends those of refused events with the error', async () => {
  const [sent, refused] = [sold(1, 'a'), sold(2, 'b')];
  const delivery = deliveryOf('relay', NO_WORK, () => {
    notes.lines.push('sending');
    return Promise.resolve([{ recorded: refused, error: new RangeError('too large') }]);
  });
  const batch = await delivery.begin([]);
  for (const one of [sent, refused]) await batch.take(one);
  expect(await batch.send?.()).toHaveLength(1);
  batch.work();
  batch.written();
  expect(notes.lines).toEqual([
    'relay sales 1 in a',
    'relay sales 2 in b',
    'relay sales batch 3 in none, linked a, linked b',
    'relay sales 1 links f',
    'relay sales 2 links f',
    'sending',
    'relay sales 2 ends RangeError',
    'relay sales 1 ends',
    'relay sales batch 3 ends',
  ]);
  expect(typeof (await deliveryOf('projection').begin([])).send).toBe('undefined');
});

it('adds nothing to traces that are not recorded, malformed or older than an hour', async () => {
  const batch = await deliveryOf('projection').begin([]);
  const unrecorded = sold(1, 'a');
  const metadata = { ...unrecorded.metadata, traceparent: traceOf('a').replace(/1$/, '0') };
  await batch.take({ ...unrecorded, metadata });
  await batch.take({ ...unrecorded, metadata: { ...metadata, traceparent: 'bad' } });
  await batch.take(sold(2, 'b', HOUR + 1_000));
  await batch.take(sold(3, 'c', HOUR - 60_000));
  expect(notes.lines).toEqual(['projection sales 1 in c']);
  expect(taken).toEqual([1, 1, 2, 3]);
});
