/**
 * One-dimensional arrays in PostgreSQL's binary format. The driver sends a Buffer as it is, which spares PostgreSQL the
 * parsing, and us the escaping, of array literals: 15% more appends a second in the measurement of decision 0003.
 * Format: number of dimensions, whether there are nulls, type of the elements, length, lower bound; then each element
 * with its length in front (`array_recv` in PostgreSQL's source).
 */
const HEADER_BYTES = 20;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

const OID = { bool: 16, int4: 23, text: 25, timestamptz: 1184, uuid: 2950, jsonb: 3802 } as const;
const JSONB_FORMAT_VERSION = 1;
const NULL_LENGTH = -1;

function header(target: Buffer, oid: number, length: number, hasNulls = false): void {
  target.writeInt32BE(1, 0);
  target.writeInt32BE(hasNulls ? 1 : 0, 4);
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16);
}

function fixed<T>(
  oid: number,
  size: number,
  values: readonly T[],
  write: (target: Buffer, value: T, at: number) => void,
): Buffer {
  const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + size));
  header(target, oid, values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    target.writeInt32BE(size, at);
    write(target, value, at + 4);
    at += 4 + size;
  }
  return target;
}

function variable(oid: number, prefix: number | undefined, values: readonly (string | null)[]): Buffer {
  const prefixBytes = prefix === undefined ? 0 : 1;
  let size = HEADER_BYTES;
  let hasNulls = false;
  for (const value of values) {
    size += 4;
    if (value === null) hasNulls = true;
    else size += prefixBytes + Buffer.byteLength(value);
  }
  const target = Buffer.allocUnsafe(size);
  header(target, oid, values.length, hasNulls);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = target.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const start = at + 4;
    if (prefix !== undefined) target[start] = prefix;
    const written = prefixBytes + target.write(value, start + prefixBytes);
    target.writeInt32BE(written, at);
    at = start + written;
  }
  return target;
}

/** `integer[]` */
export function int4Array(values: readonly number[]): Buffer {
  return fixed(OID.int4, 4, values, (target, value, at) => target.writeInt32BE(value, at));
}

/** `boolean[]` */
export function boolArray(values: readonly boolean[]): Buffer {
  return fixed(OID.bool, 1, values, (target, value, at) => target.writeUInt8(value ? 1 : 0, at));
}

/** `timestamptz[]` */
export function timestampArray(values: readonly Date[]): Buffer {
  return fixed(OID.timestamptz, 8, values, (target, value, at) =>
    target.writeBigInt64BE(BigInt(value.getTime() - POSTGRES_EPOCH_MS) * 1000n, at),
  );
}

/** `text[]`, with nulls */
export function textArray(values: readonly (string | null)[]): Buffer {
  return variable(OID.text, undefined, values);
}

/** `jsonb[]`, of texts in JSON */
export function jsonbArray(values: readonly string[]): Buffer {
  return variable(OID.jsonb, JSONB_FORMAT_VERSION, values);
}

/**
 * `uuid[]`, with nulls
 * @throws Error for a text that is no UUID
 */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  const nulls = values.reduce((count, value) => (value === null ? count + 1 : count), 0);
  const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * 4 + (values.length - nulls) * 16);
  header(target, OID.uuid, values.length, nulls > 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = target.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const digits = value.replaceAll('-', '');
    target.writeInt32BE(16, at);
    const written = target.write(digits, at + 4, 16, 'hex');
    if (written !== 16 || digits.length !== 32) throw new Error(`"${value}" is no UUID.`);
    at += 20;
  }
  return target;
}
