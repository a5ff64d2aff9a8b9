import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';
import { HttpProblem } from '../problems/problem.js';

function parse(text: string): unknown {
  return parseJsonBody(Buffer.from(text));
}

/** What was refused, and where. */
function refusal(text: string | Buffer): { code: string; pointers: string[] } {
  try {
    parseJsonBody(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return { code: error.code, pointers: (error.particulars.errors ?? []).map(({ pointer }) => pointer) };
  }
  throw new Error('nothing was refused');
}

describe('parseJsonBody', () => {
  it('returns the object of the body, with the last of several equal keys', () => {
    expect(parse('{"a":{"b":[1,null,"\u{1f6d2}"]},"c":1,"c":2}')).toEqual({
      a: { b: [1, null, '\u{1f6d2}'] },
      c: 2,
    });
    expect(parse('')).toEqual({});
  });

  it.each(['[]', '"a"', '1', 'null', 'true'])('refuses %s, which is not an object', (text) => {
    expect(refusal(text)).toEqual({ code: 'VALIDATION_FAILED', pointers: [''] });
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '\ufeff{}', ' '])('refuses %j, which is not JSON', (text) => {
    expect(refusal(text)).toEqual({ code: 'MALFORMED_JSON', pointers: [] });
  });

  it('does not quote the body in the error', () => {
    expect(() => parse('{"password":"secret" oops')).toThrow(
      /^The body is not JSON: an error at position \d+\.$/,
    );
  });

  it('refuses bytes that are not UTF-8', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(refusal(text).code).toBe('MALFORMED_JSON');
    }
  });

  it.each([
    ['{"__proto__":1}', '/__proto__'],
    ['{"a":[{"constructor":1}]}', '/a/0/constructor'],
    ['{"a":{"prototype":{}}}', '/a/prototype'],
    ['{"a":{"\\u005f_proto__":1}}', '/a/__proto__'],
    ['{"a/b":{"~":"\\u0000"}}', '/a~1b/~0'],
    ['{"a":"\\ud800"}', '/a'],
    ['{"a":"\\udc00\\ud800"}', '/a'],
    ['{"\\u0000":1}', '/\u0000'],
  ])('points at forbidden keys and texts: %s', (text, pointer) => {
    expect(refusal(text)).toEqual({ code: 'VALIDATION_FAILED', pointers: [pointer] });
  });

  it('accepts ten levels of nesting and no more', () => {
    const nested = (levels: number) => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
    expect(() => parse(nested(10))).not.toThrow();
    expect(refusal(nested(11)).pointers).toEqual(['/a'.repeat(10)]);
  });

  it('does not exhaust the stack with deep nesting', () => {
    expect(refusal(`{"a":${'['.repeat(120_000)}${']'.repeat(120_000)}}`).pointers).toHaveLength(1);
  });

  it('reports at most twenty errors', () => {
    expect(refusal(`{"a":[${'{"prototype":0},'.repeat(100)}0]}`).pointers).toHaveLength(20);
  });

  it('agrees with JSON.parse on objects, and refuses arbitrary bytes with a problem', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })), (value) => {
        fc.pre(!/"(__proto__|constructor|prototype)":|\\u0000|\\ud/i.test(JSON.stringify(value)));
        expect(parse(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(refusal(Buffer.from(bytes)).code).toMatch(/^(MALFORMED_JSON|VALIDATION_FAILED)$/);
      }),
    );
  });
});
