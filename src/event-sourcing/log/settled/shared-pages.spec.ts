import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { SharedPages, type PageRange } from './shared-pages.js';

const LAST = 25;
let reads: number[];

/** Reads a log of 25 events. */
const pages = (): SharedPages =>
  new SharedPages((_, { after }, limit) => {
    reads.push(after);
    const length = Math.min(limit, LAST - after);
    return Promise.resolve(
      Array.from({ length }, (_, index) => ({ position: after + index + 1 }) as RecordedEvent),
    );
  });

const from = (after: number): PageRange => ({ after, upTo: LAST });

beforeEach(() => {
  reads = [];
});

it('reads a page once for all handlers that follow the log at the same pace', async () => {
  const shared = pages();
  const first = await Promise.all([
    shared.read(from(0), 10),
    shared.read(from(0), 10),
    shared.read(from(0), 10),
  ]);
  expect(first.map((page) => page.map(({ position }) => position).at(-1))).toEqual([10, 10, 10]);
  await shared.read(from(10), 10);
  await shared.read(from(10), 10);
  expect(reads).toEqual([0, 10]);
});

it('reads the end of the log again, because events may have been added', async () => {
  const shared = pages();
  await shared.read(from(20), 10);
  await shared.read(from(20), 10);
  expect(reads).toEqual([20, 20]);
});

it('does not mistake pages of another size', async () => {
  const shared = pages();
  expect(await shared.read(from(0), 5)).toHaveLength(5);
  expect(await shared.read(from(0), 10)).toHaveLength(10);
});

it('keeps a page for some types apart from that for others', async () => {
  const shared = pages();
  for (const type of ['opened', 'closed', 'opened']) await shared.read(from(0), 10, new Set([type]));
  await shared.read(from(0), 10);
  expect(reads).toEqual([0, 0, 0]);
});

it('reads a page again after a failure', async () => {
  let fails = true;
  const shared = new SharedPages((_, { after }) => {
    reads.push(after);
    return fails ? Promise.reject(new Error('gone')) : Promise.resolve([{ position: 1 } as RecordedEvent]);
  });
  await expect(shared.read(from(0), 1)).rejects.toThrow('gone');
  fails = false;
  expect(await shared.read(from(0), 1)).toHaveLength(1);
  expect(reads).toEqual([0, 0]);
});
