import { operationsOf, type OpenApiDocument } from '../api/openapi-document.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('forged_cursors');

const UUID = '01a2073a-183a-71ed-b80f-59128d6cef86';

/**
 * What a hostile caller puts where the sort keys of lists stand: values that PostgreSQL refuses, and other lists' keys.
 */
const FORGED_VALUES: readonly unknown[] = [
  ['\u0000'],
  ['MUG-1\u0000'],
  ['\ud800'],
  ['x'.repeat(65)],
  [' MUG-1'],
  [-300000000000000, UUID],
  [-8.64e15, UUID],
  [8.64e15, UUID],
  [1.5, UUID],
  [0, `${UUID}\u0000`],
  [0, 'not a UUID'],
  [0, null],
  [false, -1],
  [false, 1e300],
  [false, 0.5],
  ['false', 1],
  [null],
  [[]],
  [{}],
  [],
  {},
  null,
  'MUG-1',
  [1, 2, 3, 4],
];

/** Texts that no list gives out. */
const FORGED_TEXTS = ['!', 'e30=', 'W10', 'WyJcdTAwMDAiXQ', '-', '_'.repeat(1024), 'A'.repeat(1025)];

const forged = [
  ...FORGED_VALUES.map((values) => Buffer.from(JSON.stringify(values)).toString('base64url')),
  ...FORGED_TEXTS,
];

it('answers 400 to a forged cursor, on every list', async () => {
  const { http } = service();
  const document = (await http.get<OpenApiDocument>('/openapi.json')).body;
  const lists = operationsOf(document)
    .filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'cursor'))
    .map(({ path }) => path);
  expect(lists).toEqual(
    expect.arrayContaining(['/v1/products', '/v1/carts', '/v1/projections/{name}/parked-events']),
  );
  for (const list of lists) {
    for (const cursor of forged) {
      const path = list.replace('{name}', 'carts');
      const answer = await http.get(`${path}?cursor=${encodeURIComponent(cursor)}`);
      expect([list, cursor, answer.status]).toEqual([list, cursor, 400]);
      expect(pointersOf(expectProblem(answer, '400 VALIDATION_FAILED'))).toContain('/cursor');
    }
  }
});
