import type { KafkaRecord } from '../kafka-port.js';
import { chunksOf } from './chunks.js';

const record = (key: string, bytes: number): KafkaRecord => ({
  topic: 't',
  key,
  value: 'x'.repeat(bytes),
  headers: {},
});

describe('the chunks of a batch', () => {
  it('hold all records in order, none of them more than so many bytes', () => {
    const records = Array.from({ length: 50 }, (_, number) => record(String(number), 300));
    const chunks = chunksOf(records, 1_000);
    expect(chunks.flat()).toEqual(records);
    expect(chunks.every(({ length }) => length <= 2)).toBe(true);
  });

  it('have a larger record alone', () => {
    const records = [record('a', 10), record('b', 5_000), record('c', 10)];
    expect(chunksOf(records, 1_000).map((chunk) => chunk.map(({ key }) => key))).toEqual([
      ['a'],
      ['b'],
      ['c'],
    ]);
  });

  it('are none for no records', () => {
    expect(chunksOf([], 1_000)).toEqual([]);
  });
});
