import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readTrace } from './read-trace.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
const LINES = [
  '536365,85123A,"HOLDER, WHITE",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n',
  '536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n',
  '536366,22633,HAND WARMER,1,2010-12-01 08:28:00,1.85,17850.0,United Kingdom\n',
];

describe('readTrace', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'read-trace-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const fileOf = async (name: string, content: string | Buffer): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  };

  it('reads a file, with quoted cells and a byte order mark', async () => {
    const trace = await readTrace(await fileOf('a.csv', `\uFEFF${HEADER}${LINES.join('')}`));
    expect(trace).toMatchObject({ format: 'online-retail', currency: 'GBP', rows: 3 });
    expect(trace.carts.map(({ key, steps }) => [key, steps.length])).toEqual([
      ['536365', 2],
      ['536366', 1],
    ]);
    expect(trace.products.get('85123A')?.name).toBe('HOLDER, WHITE');
  });

  it('reads a gzipped file alike', async () => {
    const text = HEADER + LINES.join('');
    const plain = await readTrace(await fileOf('b.csv', text));
    expect(await readTrace(await fileOf('b.csv.gz', gzipSync(text)))).toEqual(plain);
  });

  it('stops taking rows at the limit', async () => {
    const trace = await readTrace(await fileOf('c.csv', HEADER + LINES.join('')), { limit: 2 });
    expect([trace.rows, trace.carts.length]).toEqual([2, 1]);
  });

  it('names the row that cannot be understood', async () => {
    const file = await fileOf('d.csv', `${HEADER}${LINES.join('')}536366,22633,X,one,,1.85,,\n`);
    await expect(readTrace(file)).rejects.toThrow('row 4: "one" is not an integer quantity');
  });

  it('refuses a row with too few cells, a file without rows, and one that is not there', async () => {
    await expect(readTrace(await fileOf('e.csv', `${HEADER}536365,85123A\n`))).rejects.toThrow(
      'Invalid Record Length',
    );
    await expect(readTrace(await fileOf('f.csv', HEADER))).rejects.toThrow('there are no rows');
    await expect(readTrace(await fileOf('g.csv', ''))).rejects.toThrow('there are no rows');
    await expect(readTrace(join(folder, 'none.csv'))).rejects.toThrow('ENOENT');
  });

  it('refuses a file that only its name calls gzipped', async () => {
    await expect(readTrace(await fileOf('h.csv.gz', HEADER))).rejects.toThrow('incorrect header check');
  });
});
