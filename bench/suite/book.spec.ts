import type { ScenarioResult } from '../scenarios/measure-scenario.js';
import { Book } from './book.js';

const run = (rate: number): ScenarioResult => ({
  calls: 1,
  rate,
  p50: 1,
  p99: 2,
  max: 3,
  cpuSeconds: 0,
  refused: 0,
  service: 100,
  postgres: 50,
});

describe('Book', () => {
  it('compares runs of the same round, and passes over rounds that failed', () => {
    const book = new Book();
    for (const one of [run(10), undefined, run(40)]) book.addRun('add', 'ours', one);
    for (const one of [run(5), run(1), run(10)]) book.addRun('add', 'theirs', one);

    expect(book.ratio(['add', 'ours'], ['add', 'theirs'], ({ rate }) => rate)).toBe(3);
    expect(book.median('add', 'ours', ({ rate }) => rate)).toBe(25);
  });

  it('knows no median of what was not measured', () => {
    const book = new Book();
    book.addRun('add', 'ours', undefined);
    expect(book.median('add', 'ours', ({ rate }) => rate)).toBeUndefined();
    expect(book.medianValue('lag p99')).toBeUndefined();
  });

  it('compares values of the same round', () => {
    const book = new Book();
    for (const value of [10, 30]) book.addValue('log', value);
    for (const value of [5, 10]) book.addValue('INSERT', value);
    expect(book.valueRatio('log', 'INSERT')).toBe(2.5);
  });
});
