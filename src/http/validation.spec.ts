import { Transform } from 'class-transformer';
import { IsInt } from 'class-validator';
import fc from 'fast-check';
import { IsOptions, MayBeAbsent } from './fields.js';
import { createLogger } from './logging.js';
import { IsMoney, type MoneyDto } from './money.dto.js';
import { IsListOf } from './nested-fields.js';
import { HttpProblem } from './problem.js';
import { Nothing, RequestValidationPipe } from './validation.js';

class Line {
  @IsInt()
  quantity!: number;

  @MayBeAbsent()
  @IsMoney()
  price?: MoneyDto;

  @MayBeAbsent()
  @IsOptions()
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
const pipe = new RequestValidationPipe(createLogger('info', { write: (line) => lines.push(line) }));

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

describe('the validation of requests', () => {
  it('makes instances of the DTO, nested ones too', async () => {
    const order = (await pipe.transform(
      { lines: [{ quantity: 1, price: { amount: 5, currency: 'JPY' } }] },
      { type: 'body', metatype: Order },
    )) as Order;
    expect(order.lines[0]).toBeInstanceOf(Line);
    expect(order.lines[0]?.price?.amount).toBe(5);
  });

  it('names the rule, the place and the reason, in this order of fields', async () => {
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

  it('lets a body without fields hold nothing', async () => {
    expect(await problem({}, Nothing)).toBeUndefined();
    expect((await problem({ a: 1 }, Nothing))?.code).toBe('VALIDATION_FAILED');
  });

  it('answers 400, and tells the log, when a conversion of ours breaks', async () => {
    expect((await problem({ value: {} }, Fragile))?.particulars.errors).toMatchObject([
      { code: 'UNREADABLE' },
    ]);
    expect(lines.join()).toContain('a conversion that cannot bear this');
  });

  it('never fails otherwise than with a problem, however hostile the body', async () => {
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
