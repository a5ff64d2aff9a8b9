import { Transform } from 'class-transformer';
import { IsArray, IsInt } from 'class-validator';
import fc from 'fast-check';
import { isRecord, MayBeAbsent, PlainObject, rule } from './fields.js';
import { createLogger } from '../server/logging.js';
import { IsMoney, type MoneyDto } from './money.dto.js';
import { IsListOf } from './nested-fields.js';
import { HttpProblem } from '../problems/problem.js';
import { Nothing, RequestValidationPipe } from './validation.js';

class Line {
  @IsInt()
  quantity!: number;

  @MayBeAbsent()
  @IsMoney()
  price?: MoneyDto;

  @MayBeAbsent()
  @PlainObject()
  @rule('isObject', 'must be an object', isRecord)
  options?: Record<string, string>;
}

class Order {
  @IsListOf(Line, { min: 1, max: 3 })
  lines!: Line[];
}

class Fragile {
  @Transform(() => {
    throw new TypeError('a conversion that cannot bear this');
  })
  @IsInt()
  value!: number;
}

const lines: string[] = [];
const pipe = new RequestValidationPipe(
  createLogger('info', { destination: { write: (line) => lines.push(line) } }),
);

async function problem(value: unknown, metatype: new () => object): Promise<HttpProblem | undefined> {
  try {
    const result: unknown = await pipe.transform(value, { type: 'body', metatype });
    expect(result).toBeInstanceOf(metatype);
    return undefined;
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}

class Page {
  @MayBeAbsent()
  @IsInt()
  limit = 100;

  @MayBeAbsent()
  @IsArray()
  tags: string[] = [];
}

describe('the validation of requests', () => {
  it('makes a new instance with the defaults for each request without fields', async () => {
    const pages: Page[] = [];
    for (let time = 0; time < 3; time += 1) {
      const page = (await pipe.transform({}, { type: 'query', metatype: Page })) as Page;
      expect(page).toBeInstanceOf(Page);
      expect(page).toEqual({ limit: 100, tags: [] });
      page.tags.push('changed by one request');
      pages.push(page);
    }
    expect(new Set(pages).size).toBe(3);
  });

  it('refuses a request without a required field, each time', async () => {
    for (let time = 0; time < 3; time += 1) {
      expect((await problem({}, Line))?.particulars.errors).toMatchObject([{ pointer: '/quantity' }]);
    }
  });

  it('passes parameters on that are not DTOs', () => {
    const value = { anything: 1 };
    expect(pipe.transform(value, { type: 'custom', metatype: Line })).toBe(value);
    expect(pipe.transform('7', { type: 'param', metatype: String, data: 'id' })).toBe('7');
  });

  it('makes instances of the DTO and of nested DTOs', async () => {
    const order = (await pipe.transform(
      { lines: [{ quantity: 1, price: { amount: 5, currency: 'JPY' } }] },
      { type: 'body', metatype: Order },
    )) as Order;
    expect(order.lines[0]).toBeInstanceOf(Line);
    expect(order.lines[0]?.price?.amount).toBe(5);
  });

  it('reports the code, the place and the reason of each fault, unknown fields first', async () => {
    const refused = await problem(
      { lines: [{ quantity: '1', price: { amount: 1.5, currency: 'EUR' }, x: 1 }] },
      Order,
    );
    expect(refused?.particulars.errors).toEqual([
      { pointer: '/lines/0/x', code: 'UNKNOWN_FIELD', message: 'is not a field of this request' },
      { pointer: '/lines/0/quantity', code: 'IS_INT', message: 'must be an integer number' },
      { pointer: '/lines/0/price/amount', code: 'IS_INT', message: 'must be an integer number' },
    ]);
  });

  it('accepts no fields for a DTO without fields', async () => {
    expect(await problem({}, Nothing)).toBeUndefined();
    expect((await problem({ a: 1 }, Nothing))?.code).toBe('VALIDATION_FAILED');
  });

  it('answers 400 and logs an error if a conversion throws', async () => {
    expect((await problem({ value: {} }, Fragile))?.particulars.errors).toMatchObject([
      { code: 'UNREADABLE' },
    ]);
    expect(lines.join()).toContain('a conversion that cannot bear this');
  });

  it('answers every hostile body with a problem', async () => {
    const names = fc.constantFrom(
      'lines',
      'quantity',
      'price',
      'amount',
      'options',
      'toString',
      'then',
      'length',
      'x',
    );
    const { hostile } = fc.letrec<{ hostile: unknown }>((tie) => ({
      hostile: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, true, '', '1', 0, -1.5, 1e308, Infinity),
        fc.array(tie('hostile'), { maxLength: 4 }),
        fc.dictionary(names, tie('hostile'), { maxKeys: 4 }),
      ),
    }));
    lines.length = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, hostile), async (body) => {
        expect((await problem(structuredClone(body), Order))?.code ?? 'VALIDATION_FAILED').toBe(
          'VALIDATION_FAILED',
        );
      }),
      { numRuns: 500 },
    );
    expect(lines).toEqual([]);
  });
});
