import { isMet } from './version-condition.js';

describe('a condition on the version of a stream', () => {
  it('is met by anything where it asks for nothing', () => {
    expect([0, 1, 7].map((version) => isMet({}, version))).toEqual([true, true, true]);
  });

  it('is met by the versions that it names, if there is anything at all', () => {
    expect([0, 1, 2].map((version) => isMet({ match: [0, 2] }, version))).toEqual([false, false, true]);
    expect([0, 1, 2].map((version) => isMet({ match: 'any' }, version))).toEqual([false, true, true]);
    expect(isMet({ match: [] }, 1)).toBe(false);
  });

  it('is not met by the versions that it excludes', () => {
    expect([0, 1, 2].map((version) => isMet({ noneMatch: [2] }, version))).toEqual([true, true, false]);
    expect([0, 1, 2].map((version) => isMet({ noneMatch: 'any' }, version))).toEqual([true, false, false]);
  });

  it('is met only where both of its parts are', () => {
    expect(isMet({ match: [1], noneMatch: [1] }, 1)).toBe(false);
    expect(isMet({ match: [1], noneMatch: [2] }, 1)).toBe(true);
    expect(isMet({ match: 'any', noneMatch: 'any' }, 0)).toBe(false);
  });
});
