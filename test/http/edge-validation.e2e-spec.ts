import { thingCursors } from './edge-dtos.js';
import { expectProblem, JSON_TYPE, pointers, useEdge } from './edge-harness.js';

const { call, post } = useEdge();

describe('validation', () => {
  it('passes valid input on, with the keys of options unchanged', async () => {
    const thing = {
      sku: 'A:1 b',
      quantity: 2,
      options: { toString: 'a', valueOf: 'b', hasOwnProperty: '' },
      price: { amount: -1, currency: 'EUR' },
      payload: { toString: { deep: [1] } },
    };
    expect((await post('/v1/things', thing)).json).toEqual(thing);
  });

  it.each<[string, unknown, string[]]>([
    ['an unknown field', { sku: 'A', quantity: 1, extra: 1 }, ['/extra']],
    ['a method of every object as a field', { sku: 'A', quantity: 1, toString: 1 }, ['/toString']],
    [
      'the same in a nested object',
      { sku: 'A', quantity: 1, price: { amount: 1, currency: 'EUR', valueOf: 1 } },
      ['/price/valueOf'],
    ],
    ['a fraction', { sku: 'A', quantity: 1.5 }, ['/quantity']],
    ['a text for a number', { sku: 'A', quantity: '2' }, ['/quantity']],
    ['true for a number', { sku: 'A', quantity: true }, ['/quantity']],
    ['null for options', { sku: 'A', quantity: 1, options: null }, ['/options']],
    ['a list for options', { sku: 'A', quantity: 1, options: ['a'] }, ['/options']],
    ['a list for money', { sku: 'A', quantity: 1, price: [{ amount: 1, currency: 'EUR' }] }, ['/price']],
    [
      'no ISO currency',
      { sku: 'A', quantity: 1, price: { amount: 1, currency: 'eur' } },
      ['/price/currency'],
    ],
    ['a tilde and a slash', { sku: 'A', quantity: 1, 'a~/b': 1 }, ['/a~0~1b']],
  ])('points at %s', async (_name, body, expected) => {
    const answer = await post('/v1/things', body);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(pointers(answer)).toEqual(expected);
  });

  it('refuses an infinite number as an integer', async () => {
    const answer = await call('POST', '/v1/things', {
      headers: JSON_TYPE,
      body: '{"sku":"A","quantity":1e309}',
    });
    expect(pointers(answer)).toEqual(['/quantity']);
  });

  it('distinguishes the variants of a list by their field', async () => {
    const operations = [
      { op: 'add', sku: 'A' },
      { op: 'remove', partId: 'p' },
    ];
    const send = (body: unknown) =>
      call('PATCH', '/v1/things/7/parts', { headers: JSON_TYPE, body: JSON.stringify(body) });
    expect((await send({ operations })).json).toEqual({ parts: ['AddPart', 'RemovePart'] });
    expect(
      pointers(
        await send({
          operations: [
            { op: 'add', sku: 'A' },
            { op: 'remove', sku: 'A' },
          ],
        }),
      ),
    ).toEqual(['/operations/1/sku', '/operations/1/partId']);
    for (const list of [
      [],
      [null],
      [[operations[0]]],
      [1],
      [{ op: 'toString' }],
      {},
      'x',
      Array(101).fill(operations[0]),
    ]) {
      expect(pointers(await send({ operations: list }))).toEqual(['/operations']);
    }
  });

  it.each<[string, string[]]>([
    ['limit=0', ['/limit']],
    ['limit=101', ['/limit']],
    ['limit=1.5', ['/limit']],
    ['limit=1e1', ['/limit']],
    ['limit=0x10', ['/limit']],
    ['limit=%205', ['/limit']],
    ['limit=1&limit=2', ['/limit']],
    ['limit=', ['/limit']],
    ['cursor=', ['/cursor']],
    ['cursor=WyJcdTAwMDAiXQ', ['/cursor']],
    ['nope=1', ['/nope']],
    ['constructor=1&toString=2&__proto__=3', ['/constructor', '/toString', '/__proto__']],
    ['cursor=%00', ['']],
  ])('refuses the query %s', async (query, expected) => {
    const answer = await call('GET', `/v1/things?${query}`);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(pointers(answer)).toEqual(expected);
  });

  it('applies the defaults of a query', async () => {
    expect((await call('GET', '/v1/things')).json).toEqual({ limit: 100 });
    const query = `limit=7&cursor=${thingCursors.encode({ sku: 'LAMP' })}`;
    expect((await call('GET', `/v1/things?${query}`)).json).toEqual({ limit: 7, cursor: { sku: 'LAMP' } });
  });

  it('keeps the answer to a hostile body small', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, index]));
    const answer = await post('/v1/things', unknown);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(pointers(answer)).toHaveLength(100);
    const numbers = await post('/v1/things', { quantity: Array(10_000).fill(1) });
    expect(numbers.json['errors']).toMatchObject([{ pointer: '', code: 'TOO_MANY_VALUES' }]);
    const long = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => ['k'.repeat(4000 + index), index]),
    );
    expect((await post('/v1/things', long)).text.length).toBeLessThan(32 * 1024);
  });
});
