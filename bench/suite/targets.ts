import { INSERT, label, LOG, TEXTBOOK } from '../append/append.bench.js';
import type { Book, ValueOf } from './book.js';
import { VALUES } from './values.js';

/** Something that is to hold, and what was measured. */
export interface Target {
  readonly what: string;
  /** What is asked for, in words. */
  readonly asked: string;
  /** As text with its unit; undefined when it was not measured. */
  readonly measured: string | undefined;
  readonly isMet: boolean | undefined;
}

const service: ValueOf = (run) => run.service;
const postgres: ValueOf = (run) => run.postgres;
const cpu: ValueOf = (run) => run.service + run.postgres;
const rate: ValueOf = (run) => run.rate;
const refused: ValueOf = (run) => run.refused;

type Read = (book: Book) => number | undefined;

const ratio =
  (...args: Parameters<Book['ratio']>): Read =>
  (book) =>
    book.ratio(...args);
const median =
  (...args: Parameters<Book['median']>): Read =>
  (book) =>
    book.median(...args);
const value =
  (name: keyof typeof VALUES): Read =>
  (book) =>
    book.medianValue(VALUES[name]);
const valueRatio =
  (name: string, other: string): Read =>
  (book) =>
    book.valueRatio(name, other);

interface Limit {
  readonly what: string;
  readonly of: Read;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: string;
}

const KNOWN = 'GET of a cart of 5 items that the process knows';
const ADD_5 = ['add-5', 'alone'] as const;

const LIMITS: readonly Limit[] = [
  {
    what: `${KNOWN}: service`,
    of: ratio(['get', 'alone'], ['get', 'no-op'], service),
    atMost: 2,
    unit: '× no-op GET',
  },
  { what: `${KNOWN}: PostgreSQL, embedded`, of: median('get', 'alone', postgres), atMost: 5, unit: 'µs' },
  {
    what: `${KNOWN}: PostgreSQL, two processes`,
    of: median('get', 'pair', postgres),
    atMost: 15,
    unit: 'µs',
  },
  {
    what: 'GET of a cart that it never saw: CPU',
    of: ratio(['get-unseen', 'restarted'], ['get', 'crud-pg'], cpu),
    atMost: 1,
    unit: "× CRUD's",
  },
  {
    what: 'GET: rate',
    of: ratio(['get', 'alone'], ['get', 'crud-pg'], rate),
    atLeast: 2.5,
    unit: "× CRUD's",
  },
  {
    what: '304: service',
    of: ratio(['not-modified', 'alone'], ['get', 'no-op'], service),
    atMost: 1.5,
    unit: '× no-op GET',
  },
  {
    what: 'add to a cart of 5 items: CPU',
    of: ratio(ADD_5, ['add-5', 'crud-pg'], cpu),
    atMost: 0.5,
    unit: "× CRUD's",
  },
  {
    what: 'add to a cart of 5 items: CPU',
    of: ratio(ADD_5, ['add-5', 'emmett'], cpu),
    atMost: 0.1,
    unit: "× Emmett's",
  },
  {
    what: 'add to a cart of 5 items: CPU',
    of: ratio(ADD_5, ['add-5', 'textbook'], cpu),
    atMost: 0.1,
    unit: "× the textbook's",
  },
  {
    what: 'add to a cart of 5 items: rate',
    of: ratio(ADD_5, ['add-5', 'crud-pg'], rate),
    atLeast: 1.6,
    unit: "× CRUD's",
  },
  {
    what: 'add to a cart of 50 items: CPU',
    of: ratio(['add-50', 'alone'], ADD_5, cpu),
    atMost: 1.1,
    unit: '× 5 items',
  },
  {
    what: 'add to a cart of 500 items: CPU',
    of: ratio(['add-500', 'alone'], ADD_5, cpu),
    atMost: 1.3,
    unit: '× 5 items',
  },
  {
    what: '64 clients on one cart: rate',
    of: ratio(['hot', 'alone'], ADD_5, rate),
    atLeast: 0.8,
    unit: '× distinct carts',
  },
  {
    what: '64 clients on one cart: refused',
    of: median('hot', 'alone', refused),
    atMost: 0,
    unit: 'requests',
  },
  { what: 'event to view at 1,000 adds/s: p99', of: value('lagP99'), atMost: 50, unit: 'ms' },
  { what: 'event to view at 1,000 adds/s: p50', of: value('lagP50'), atMost: 10, unit: 'ms' },
  { what: 'catch-up of all cart views', of: value('catchUp'), atLeast: 40_000, unit: 'events/s' },
  {
    what: 'catch-up, carts of 50 items',
    of: valueRatio(VALUES.catchUp50, VALUES.catchUp50Beside),
    atLeast: 5,
    unit: '× the other checkout (--beside)',
  },
  {
    what: 'log, 64 appenders: rate',
    of: valueRatio(label(LOG, 64), label(INSERT, 64)),
    atLeast: 2.5,
    unit: '× the prepared INSERT',
  },
  {
    what: 'log, 64 appenders: rate',
    of: valueRatio(label(LOG, 64), label(TEXTBOOK, 64)),
    atLeast: 12,
    unit: '× TypeORM',
  },
  {
    what: 'log, one appender: time',
    of: valueRatio(label(INSERT, 1), label(LOG, 1)),
    atMost: 1.2,
    unit: '× the prepared INSERT',
  },
  {
    what: 'memory after ten times the commands',
    of: valueRatio(VALUES.memoryLast, VALUES.memoryFirst),
    atMost: 1.2,
    unit: '× after one a cart',
  },
  { what: 'memory after all commands', of: value('memoryLast'), atMost: 400, unit: 'MiB' },
  { what: 'start to ready', of: value('start'), atMost: 2, unit: 's' },
];

/** Every target, with what the book has on it. */
export function targetsOf(book: Book): Target[] {
  return LIMITS.map(({ what, of, atMost = Infinity, atLeast = -Infinity, unit }) => {
    const measured = of(book);
    const asked = atMost === Infinity ? `≥ ${shown(atLeast)} ${unit}` : `≤ ${shown(atMost)} ${unit}`;
    if (measured === undefined) return { what, asked, measured, isMet: undefined };
    return {
      what,
      asked,
      measured: `${shown(measured)} ${unit}`,
      isMet: measured >= atLeast && measured <= atMost,
    };
  });
}

/** Three digits that count. */
export function shown(number: number): string {
  const digits = Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2;
  return number.toLocaleString('en', { maximumFractionDigits: digits });
}
