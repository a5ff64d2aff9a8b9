import fc from 'fast-check';
import { isUnchanged, matchingVersions, versionsIn, versionTag } from './etag.js';
import { prefersMinimal } from './prefer.js';
import { HttpProblem } from '../problems/problem.js';

const invalidHeader = expect.objectContaining({ code: 'INVALID_HEADER' }) as HttpProblem;

describe('If-Match', () => {
  it.each([
    ['*', 'any'],
    [' * ', 'any'],
    ['"12"', [12]],
    ['"0"', [0]],
    ['"12-4f1c"', [12]],
    ['"12", "13-a" ,"14"', [12, 13, 14]],
    [', "12",, ', [12]],
    ['W/"12"', []],
    ['W/"12", "13"', [13]],
    ['"a"', []],
    ['"012"', []],
    ['"12a"', []],
    ['"-1"', []],
    ['""', []],
    ['"9007199254740992"', []],
    ['"a,b", "12"', [12]],
  ])('of %j names the versions %j', (header, expected) => {
    expect(matchingVersions(header)).toEqual(expected);
  });

  it.each(['12', '"12', '12"', '"12" "13"', 'w/"12"', '', ',', '*, "12"', '"12", *', '"1 2"', "'12'"])(
    'refuses %j',
    (header) => {
      expect(() => matchingVersions(header)).toThrow(invalidHeader);
      expect(() => versionsIn(header)).toThrow(invalidHeader);
      expect(() => isUnchanged(header, '"12"')).toThrow(invalidHeader);
    },
  );

  it('accepts every tag that the service sends', () => {
    const hash = fc.option(fc.stringMatching(/^[0-9a-f]{1,64}$/), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(), hash, (version, variant) => {
        const tag = versionTag(version, variant);
        expect(matchingVersions(tag)).toEqual([version]);
        expect(versionsIn(tag)).toEqual([version]);
        expect(isUnchanged(tag, tag)).toBe(true);
      }),
    );
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['*', true],
    ['"12-a"', true],
    ['W/"12-a"', true],
    ['"11", "12-a"', true],
    ['"12"', false],
    ['"12-b"', false],
  ])('%j matches the whole tag "12-a": %j', (header, expected) => {
    expect(isUnchanged(header, '"12-a"')).toBe(expected);
  });
});

describe('If-None-Match on a change', () => {
  it.each([
    ['*', 'any'],
    ['"12"', [12]],
    ['W/"12-4f1c", "13", "x"', [12, 13]],
  ])('of %j names the versions %j, also by weak tags', (header, expected) => {
    expect(versionsIn(header)).toEqual(expected);
  });
});

describe('Prefer', () => {
  it.each([
    ['return=minimal', true],
    ['Return = "Minimal"', true],
    ['respond-async, return=minimal; foo=bar', true],
    ['return=representation, return=minimal', false],
    ['return=minimalistic', false],
    ['x-return=minimal', false],
    ['', false],
    [undefined, false],
    [['wait=1', 'return=minimal'], true],
  ])('%j asks for the short answer: %j', (header, expected) => {
    expect(prefersMinimal(header)).toBe(expected);
  });
});

it.each([
  ['If-Match', (blanks: string) => matchingVersions(`"1",${blanks}x`)],
  ['If-None-Match', (blanks: string) => isUnchanged(`W/"1"${blanks},${blanks}x`, '"2"')],
  ['Prefer', (blanks: string) => prefersMinimal(`return=${blanks}!`)],
])('parses %s full of blanks in linear time', (_name, read) => {
  const before = process.cpuUsage();
  try {
    read(' '.repeat(100_000));
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_HEADER' });
  }
  // Microseconds of CPU. Linear time is about 1,000; backtracking between two parts of an expression takes 5,000,000 or
  // more.
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});
