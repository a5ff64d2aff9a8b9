import type { RecordedEvent } from '../kernel/recorded-event.js';
import { PAGE, PageReader } from './page-reader.js';

let end: number;
let reads: number[];
/** Of the log, for good. */
let failure: Error | undefined;
/** Of the next read. */
let outage: Error | undefined;
let pages: PageReader;
beforeEach(() => {
  end = PAGE + 10;
  reads = [];
  failure = undefined;
  outage = undefined;
  pages = new PageReader({
    get failure() {
      return failure;
    },
    get mark() {
      return end;
    },
    read: (after, limit) => {
      reads.push(after);
      const error = failure ?? outage;
      outage = undefined;
      if (error) return Promise.reject(error);
      const length = Math.max(0, Math.min(limit, end - after));
      const events = Array.from({ length }, (_, index) => ({ position: after + 1 + index }) as RecordedEvent);
      return Promise.resolve(events);
    },
  });
});

/** Positions of the first and the last event after a position. */
async function rangeAfter(position: number): Promise<(number | undefined)[]> {
  const events = await pages.after(position);
  return [events.at(0)?.position, events.at(-1)?.position];
}

it('gives the rest of a page without reading it again, then the next page', async () => {
  expect(await rangeAfter(0)).toEqual([1, PAGE]);
  expect(await rangeAfter(7)).toEqual([8, PAGE]);
  expect(pages.reachedEnd).toBe(false);
  expect(await rangeAfter(PAGE)).toEqual([PAGE + 1, PAGE + 10]);
  expect(await rangeAfter(PAGE + 3)).toEqual([PAGE + 4, PAGE + 10]);
  expect(pages.reachedEnd).toBe(true);
  expect(reads).toEqual([0, PAGE]);
});

it('reads the next page while a page is taken', async () => {
  await pages.after(0);
  expect(reads).toEqual([0, PAGE]);
  expect(await rangeAfter(PAGE)).toEqual([PAGE + 1, PAGE + 10]);
  expect(reads).toEqual([0, PAGE]);
});

it('tells of an outage when the page is asked for, and reads it again afterwards', async () => {
  const reading = pages.after(0);
  outage = new Error('the database is away');
  expect(await reading).toHaveLength(PAGE);
  await expect(pages.after(PAGE)).rejects.toThrow('away');
  expect(await rangeAfter(PAGE)).toEqual([PAGE + 1, PAGE + 10]);
});

it('reads the end of the log again, because events may have been added', async () => {
  expect(await rangeAfter(end)).toEqual([undefined, undefined]);
  end += 1;
  expect(await rangeAfter(end - 1)).toEqual([end, end]);
});

it('reads again what came before the page', async () => {
  end = PAGE;
  await pages.after(5);
  expect(await rangeAfter(4)).toEqual([5, PAGE]);
  expect(reads).toEqual([5, 4]);
});

it('takes a page with few events for the end only where the log ends', async () => {
  const types = new Set(['opened']);
  const asked: unknown[] = [];
  const few = new PageReader(
    {
      failure: undefined,
      mark: end,
      read: (after, limit, of) => {
        asked.push(of);
        return Promise.resolve([{ position: Math.min(end, after + limit) } as RecordedEvent]);
      },
    },
    types,
  );
  expect(await few.after(0)).toHaveLength(1);
  expect(few.reachedEnd).toBe(false);
  expect(await few.after(PAGE)).toHaveLength(1);
  expect(few.reachedEnd).toBe(true);
  expect(asked).toEqual([types, types]);
});

it('reads pages of the size that it is given', async () => {
  const sizes: number[] = [];
  const read = (after: number, limit: number): Promise<RecordedEvent[]> => {
    sizes.push(limit);
    return Promise.resolve([{ position: after + limit } as RecordedEvent]);
  };
  await new PageReader({ failure: undefined, mark: 30, read }, undefined, 20).after(0);
  expect(sizes).toEqual([20, 20]);
});

it('gives nothing of a page any more once the log has failed', async () => {
  await pages.after(0);
  failure = new Error('events were lost');
  await expect(pages.after(7)).rejects.toThrow('events were lost');
  await expect(pages.after(PAGE)).rejects.toThrow('events were lost');
});
