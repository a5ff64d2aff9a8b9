import fc from 'fast-check';
import { isAcceptable } from './accept.js';

describe('JSON is acceptable', () => {
  it.each([
    undefined,
    '',
    ' ',
    ', ,',
    '*/*',
    '*/*;q=0.001',
    'application/json',
    'Application/JSON',
    'APPLICATION/*',
    'application/json ; Q=0.5',
    'application/json; charset=utf-8',
    'application/json;odata=verbose',
    'text/html, */*;q=0.1',
    'text/html;q=0, application/*',
    'text/html, image/gif, *; q=.2, */*; q=.2',
    'application/*;q=0, application/json',
    'text/plain;x="a, b", application/json',
    `text/html${', text/html'.repeat(200)}`,
  ])('to %j', (accept) => {
    expect(isAcceptable(accept, 'application/json')).toBe(true);
  });
});

describe('JSON is not acceptable', () => {
  it.each([
    'text/html',
    'application/xml, text/*',
    'text/event-stream',
    'application/problem+json',
    'application/vnd.api+json',
    'application/json;q=0',
    'application/json;q=0.0, */*',
    '*/*;q=0',
    'application/*;q=0, */*',
    'text/plain;x="application/json, */*"',
    'nonsense',
  ])('to %j', (accept) => {
    expect(isAcceptable(accept, 'application/json')).toBe(false);
  });
});

it('distinguishes media types', () => {
  expect(isAcceptable('Text/Event-Stream', 'text/event-stream')).toBe(true);
  expect(isAcceptable('text/*', 'text/event-stream')).toBe(true);
  expect(isAcceptable('application/json', 'text/event-stream')).toBe(false);
});

it('never throws, whatever the header', () => {
  const piece = fc.constantFrom(
    'application',
    'json',
    '/',
    '*',
    ';',
    ',',
    '=',
    'q',
    '0',
    '"',
    '\\',
    ' ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(typeof isAcceptable(pieces.join(''), 'application/json')).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
});
