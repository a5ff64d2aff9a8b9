import type { SubjectName } from './subjects.js';

/** A scenario, and who is measured at it. */
export type Entry = readonly [scenario: string, ...subjects: SubjectName[]];

type Groups = Readonly<Record<string, readonly Entry[]>>;

const EVERYBODY: readonly SubjectName[] = ['alone', 'no-op', 'crud-pg', 'crud-typeorm', 'emmett', 'textbook'];

/** What is measured in the same rounds. Peers take part where the chart or a target compares with them. */
const USUAL: Groups = {
  adds: [
    ['add-5', ...EVERYBODY],
    ['hot', 'alone'],
    ['add-1', 'alone'],
    ['add-50', 'alone'],
    ['add-500', 'alone'],
    ['add-growing', 'alone'],
    ['add-whole', 'alone'],
  ],
  reads: [
    ['get', ...EVERYBODY, 'pair'],
    ['get-unseen', 'restarted'],
    ['get-changing', 'alone'],
    ['not-modified', 'alone'],
    ['list', 'alone'],
    ['past', 'alone'],
    ['feed', 'alone'],
  ],
  changes: [
    ['change', 'alone'],
    ['remove', 'alone'],
    ['open', 'alone'],
    ['batch', 'alone'],
    ['claim', 'alone'],
  ],
};

/** Who takes part in the long table besides. */
const MORE: Readonly<Record<string, readonly SubjectName[]>> = {
  hot: ['crud-pg', 'crud-typeorm', 'emmett', 'textbook'],
  'add-50': ['crud-pg'],
  'add-growing': ['crud-pg'],
  'get-unseen': ['pair'],
  'get-changing': ['crud-pg', 'pair'],
  change: ['crud-pg'],
  remove: ['crud-pg'],
  open: ['crud-pg'],
};

/** The groups of scenarios, by name. Ratios are taken within a group only. */
export function httpGroups({ full }: { readonly full: boolean }): Groups {
  if (!full) return USUAL;
  return Object.fromEntries(
    Object.entries(USUAL).map(([group, entries]) => [
      group,
      entries.map(([scenario, ...subjects]): Entry => [scenario, ...subjects, ...(MORE[scenario] ?? [])]),
    ]),
  );
}
