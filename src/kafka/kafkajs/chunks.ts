import type { KafkaRecord } from '../kafka-port.js';

/** What Kafka adds to a record at most, and the characters of UTF-8 that lengths of strings do not count. */
const EXTRA_BYTES = 100;

/** Divides records into groups of at most so many bytes. A record that is larger is a group of its own. */
export function chunksOf(records: readonly KafkaRecord[], bytes: number): KafkaRecord[][] {
  const chunks: KafkaRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const size = sizeOf(record);
    const chunk = chunks.at(-1);
    if (chunk && size <= room) chunk.push(record);
    else chunks.push([record]);
    room = (chunk && size <= room ? room : bytes) - size;
  }
  return chunks;
}

function sizeOf({ key, value, headers }: KafkaRecord): number {
  let size = EXTRA_BYTES + Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');
  for (const name in headers) size += name.length + (headers[name]?.length ?? 0) + 2;
  return size;
}
