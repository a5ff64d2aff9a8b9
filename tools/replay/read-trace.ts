import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { TraceError } from './errors.js';
import { chooseFormat, type Row } from './formats.js';
import { type Trace, TraceBuilder } from './trace.js';

/** How a file is to be read: `limit` is a number of rows, `format` one of the names in `FORMATS`. */
export interface ReadOptions {
  readonly format?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * Reads a CSV file (gzip by its name, `….gz`) into a trace. The text is streamed; what stays in memory are the steps.
 *
 * @throws TraceError where the file cannot be read, fits no format, has a row that cannot be understood, or no row at all
 */
export async function readTrace(file: string, options: ReadOptions = {}): Promise<Trace> {
  const reader = new RowReader(options);
  try {
    await pipeline(
      createReadStream(file),
      file.endsWith('.gz') ? createGunzip() : new PassThrough(),
      parse({ columns: (header: string[]) => reader.begin(header), bom: true, skip_empty_lines: true }),
      async (rows: AsyncIterable<Row>) => {
        for await (const row of rows) {
          reader.take(row);
        }
      },
    );
    return reader.trace();
  } catch (error) {
    throw new TraceError(`${file}: ${messageOf(error)}`);
  }
}

class RowReader {
  private rows = 0;
  private parts: { read: (row: Row) => void; builder: TraceBuilder } | undefined;

  constructor(private readonly options: ReadOptions) {}

  begin(header: string[]): string[] {
    const format = chooseFormat(header, this.options.format);
    const builder = new TraceBuilder(format.name, format.currency);
    this.parts = {
      builder,
      read: (row) => {
        builder.take(format.read(row));
      },
    };
    return header;
  }

  /** Rows beyond the limit are dropped: that costs less than tearing a pipeline down without an error. */
  take(row: Row): void {
    if (this.rows >= (this.options.limit ?? Infinity)) {
      return;
    }
    this.rows += 1;
    try {
      this.parts?.read(row);
    } catch (error) {
      throw new TraceError(`row ${this.rows}: ${messageOf(error)}`);
    }
  }

  trace(): Trace {
    if (this.parts === undefined || this.rows === 0) {
      throw new TraceError('there are no rows');
    }
    return this.parts.builder.build();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
