import { readFile, rename, writeFile } from 'node:fs/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';

interface Money {
  readonly amount: number;
  readonly currency: string;
}

interface Row {
  /** The last event of the stream that the row includes. */
  readonly sequence: number;
  readonly price: Money | null;
  /** How often the price was set. */
  readonly changes: number;
}

/** An event of a product. */
export interface ProductEvent {
  readonly source: string;
  readonly stream: string;
  readonly sequence: number;
  readonly data: { readonly price?: Money };
}

const FILE = process.env['BOARD'] ?? 'prices.json';

/** The price of every product. Everything is in one file, which is replaced as a whole. */
@Injectable()
export class PriceBoard implements OnModuleInit {
  private rows: Record<string, Row> = {};

  async onModuleInit(): Promise<void> {
    try {
      this.rows = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, Row>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Takes an event once, however often it comes: its sequence and its effect are stored in one write. */
  async take({ source, stream, sequence, data: { price } }: ProductEvent): Promise<void> {
    const name = `${source} ${stream}`;
    const row = this.rows[name] ?? { sequence: 0, price: null, changes: 0 };
    if (sequence <= row.sequence) return;
    const next = { sequence, price: price ?? row.price, changes: row.changes + (price ? 1 : 0) };
    const rows = { ...this.rows, [name]: next };
    await writeFile(`${FILE}.new`, JSON.stringify(rows));
    await rename(`${FILE}.new`, FILE);
    this.rows = rows;
  }
}
