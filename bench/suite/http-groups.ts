import type { SubjectName } from './subjects.js';

/** A scenario, and who is measured at it. */
export type Entry = readonly [scenario: string, ...subjects: SubjectName[]];

const EVERYBODY: readonly SubjectName[] = ['alone', 'no-op', 'crud-pg', 'crud-typeorm', 'emmett', 'textbook'];
const EVERY_STORE = EVERYBODY.filter((name) => name !== 'no-op');

/** What is measured in the same rounds. Ratios are taken within a group only. */
export const HTTP_GROUPS: Readonly<Record<string, readonly Entry[]>> = {
  adds: [
    ['add-5', ...EVERYBODY],
    ['hot', ...EVERY_STORE],
    ['add-1', 'alone'],
    ['add-50', 'alone', 'crud-pg'],
    ['add-500', 'alone'],
    ['add-growing', 'alone', 'crud-pg'],
    ['add-whole', 'alone'],
  ],
  reads: [
    ['get', ...EVERYBODY, 'pair'],
    ['get-unseen', 'restarted', 'pair'],
    ['get-changing', 'alone', 'crud-pg', 'pair'],
    ['not-modified', 'alone'],
    ['list', 'alone'],
    ['past', 'alone'],
    ['feed', 'alone'],
  ],
  changes: [
    ['change', 'alone', 'crud-pg'],
    ['remove', 'alone', 'crud-pg'],
    ['open', 'alone', 'crud-pg'],
    ['batch', 'alone'],
    ['claim', 'alone'],
  ],
};
