import type { OpenAPIObject } from '@nestjs/swagger';
import { DocumentedApi, type Exchange } from '../support/contract/documented-api.js';

const schemas = {
  Price: {
    type: 'object' as const,
    required: ['amount'],
    properties: {
      amount: { type: 'integer' as const, format: 'int64' },
      until: { type: ['string', 'null'], format: 'date-time' },
    },
  },
  Problem: {
    type: 'object' as const,
    required: ['code'],
    properties: { code: { type: 'string' as const }, at: { type: 'integer' as const } },
  },
};
const codesOf = (...codes: string[]) => ({
  content: {
    'application/problem+json': {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          {
            type: 'object' as const,
            properties: { code: { type: 'string' as const, enum: codes } },
          },
        ],
      },
    },
  },
});
const requestId = { required: true, schema: { type: 'string' as const } };
const price = { description: 'A price, described here.', allOf: [{ $ref: '#/components/schemas/Price' }] };

const api = new DocumentedApi({
  openapi: '3.1.0',
  info: { title: 'Prices', version: '1' },
  components: { schemas, headers: { 'X-Request-Id': requestId } },
  paths: {
    '/prices/{sku}': {
      get: {
        responses: {
          200: {
            description: 'It.',
            headers: {
              'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
              ETag: { required: true, schema: { type: 'string', pattern: '^"' } },
              Age: { schema: { type: 'integer' } },
            },
            content: { 'application/json': { schema: price } },
          },
          304: { description: 'As it was.' },
          409: {
            description: 'Not now.',
            headers: { 'Retry-After': { schema: { type: 'integer' }, 'x-codes': ['BUSY'] } as object },
            ...codesOf('BUSY', 'CLOSED'),
          },
        },
      },
    },
  },
} satisfies OpenAPIObject);

const GOOD: Exchange = {
  method: 'GET',
  target: '/prices/MUG-1?currency=EUR',
  status: 200,
  headers: {
    'x-request-id': '1',
    etag: '"1"',
    'content-type': 'application/json; charset=utf-8',
    date: 'today',
  },
  text: '{"amount": 1, "until": "2026-11-23T09:15:02.120Z"}',
};
const BUSY: Exchange = {
  ...GOOD,
  status: 409,
  headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
  text: '{"code": "BUSY"}',
};

const withHeaders = (exchange: Exchange, headers: Exchange['headers']): Exchange => ({
  ...exchange,
  headers: { ...exchange.headers, ...headers },
});

describe('an answer is as documented', () => {
  it.each<[string, Exchange]>([
    ['with all that is there', GOOD],
    ['with a header that may be there', withHeaders(GOOD, { age: '3' })],
    ['with null where that is a value', { ...GOOD, text: '{"amount": 1, "until": null}' }],
    ['without what may be left out', { ...GOOD, text: '{"amount": 1}' }],
    ['to HEAD, without the body', { ...GOOD, method: 'HEAD', text: '' }],
    ['at a path with escapes', { ...GOOD, target: '/pr%69ces/a%2Fb' }],
    ['with no body where there is none', { ...GOOD, status: 304, headers: {}, text: '' }],
    ['as a problem of the operation', BUSY],
    [
      'as a problem without the header of another code',
      { ...withHeaders(BUSY, { 'retry-after': undefined }), text: '{"code": "CLOSED"}' },
    ],
  ])('%s', (_what, exchange) => {
    expect(api.differences(exchange)).toEqual([]);
  });

  it('for an unknown path, as a problem of the HTTP layer', () => {
    const headers = { 'content-type': 'application/problem+json', 'x-request-id': '1' };
    const nowhere = { ...GOOD, target: '/nowhere', status: 404, headers, text: '{"code": "NOT_FOUND"}' };
    expect(api.differences(nowhere)).toEqual([]);
    expect(api.differences({ ...nowhere, text: '{"code": "CLOSED"}' })).toEqual([
      expect.stringContaining('CLOSED is none of NOT_FOUND'),
    ]);
    expect(api.differences({ ...nowhere, status: 200 })).toEqual([
      expect.stringContaining('no operation of the document is there'),
    ]);
    expect(api.differences({ ...nowhere, status: 405, text: '{"code": "METHOD_NOT_ALLOWED"}' })).toEqual([
      expect.stringContaining('the header allow is missing'),
    ]);
    expect(api.differences({ ...nowhere, headers: {} })).toHaveLength(2);
  });
});

describe('an answer is not as documented', () => {
  it.each<[string, Exchange, string]>([
    ['with a status that is not listed', { ...GOOD, status: 201 }, 'does not list this status'],
    ['with another media type', withHeaders(GOOD, { 'content-type': 'text/html' }), 'its body is text/html'],
    ['without a header', withHeaders(GOOD, { etag: undefined }), 'the header etag is missing'],
    [
      'without a header that is described elsewhere',
      withHeaders(GOOD, { 'x-request-id': undefined }),
      'the header x-request-id is missing',
    ],
    [
      'with a header nobody knows of',
      withHeaders(GOOD, { 'x-new': '1' }),
      'the header x-new is not documented',
    ],
    ['with a header of another form', withHeaders(GOOD, { etag: '1' }), 'in the header etag'],
    ['with a header that is no number', withHeaders(GOOD, { age: 'old' }), 'in the header age'],
    ['without a field', { ...GOOD, text: '{}' }, "required property 'amount'"],
    ['with a field nobody knows of', { ...GOOD, text: '{"amount": 1, "tax": 2}' }, '["tax"]'],
    ['with a field of another type', { ...GOOD, text: '{"amount": "1"}' }, '/amount must be integer'],
    ['with a number that is not exact', { ...GOOD, text: '{"amount": 9007199254740993}' }, 'format "int64"'],
    [
      'with a time in seconds',
      { ...GOOD, text: '{"amount": 1, "until": "2026-11-23T09:15:02Z"}' },
      'format "date-time"',
    ],
    ['with a body where there is none', { ...GOOD, status: 304, headers: {} }, 'none is documented'],
    ['with a code of other operations', { ...BUSY, text: '{"code": "LATE"}' }, '["BUSY","CLOSED"]'],
    ['with a member nobody knows of', { ...BUSY, text: '{"code": "BUSY", "by": "me"}' }, '["by"]'],
    [
      'without the header of its code',
      withHeaders(BUSY, { 'retry-after': undefined }),
      'retry-after is missing',
    ],
    ['with the header of another code', { ...BUSY, text: '{"code": "CLOSED"}' }, 'not documented for CLOSED'],
  ])('%s', (_what, exchange, difference) => {
    expect(api.differences(exchange).join('\n')).toContain(difference);
  });
});

it('refuses a schema without content', () => {
  const content = { 'application/json': { schema: {} } };
  const paths = { '/a': { get: { responses: { 200: { description: 'It.', content } } } } };
  const vague = new DocumentedApi({ openapi: '3.1.0', info: { title: 'A', version: '1' }, paths });
  const headers = { 'content-type': 'application/json' };
  expect(() => vague.differences({ ...GOOD, target: '/a', headers })).toThrow('This schema takes anything');
});
