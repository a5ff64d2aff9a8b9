import { SCENARIOS } from '../scenarios/scenarios.js';
import type { ScenarioResult } from '../scenarios/measure-scenario.js';
import type { Book, Runs, ValueOf } from './book.js';
import { OURS, titleOf, type SubjectName } from './subjects.js';
import { shown, targetsOf } from './targets.js';
import { VALUES } from './values.js';
import { spreadOf } from '../support/statistics.js';

/** Where and on what the suite has run. */
export interface Circumstances {
  /** One line each: date, commit, machine, versions, amounts. */
  readonly lines: readonly string[];
}

const INTRODUCTION = [
  'Written by `npm run bench`; how it is measured: [README](README.md). Figures are medians over interleaved rounds.',
  'CPU is processor time in microseconds a request, of the service and of all processes of PostgreSQL. Ratios are',
  'taken round by round: they travel to other machines, absolute figures do not.',
].join('\n');

/** The heading from which on the document is written by hand, and kept. */
const LIMITS_HEADING = '## What the limits are';
const NO_LIMITS = `${LIMITS_HEADING}\n\nNothing is written here yet.\n`;

const SUBJECTS: readonly SubjectName[] = [
  ...(Object.keys(OURS) as (keyof typeof OURS)[]),
  'no-op',
  'crud-pg',
  'crud-typeorm',
  'emmett',
  'textbook',
];

/**
 * The document of the results, in Markdown.
 * @param old the document as it was; its last section is kept, since it is written by hand
 */
export function documentOf(book: Book, { lines }: Circumstances, old = ''): string {
  const at = old.indexOf(LIMITS_HEADING);
  return [
    '# Results',
    INTRODUCTION,
    lines.map((line) => `- ${line}`).join('\n'),
    ...(book.runsOf('add-5', 'alone').length === 0 ? [] : ['![CPU of an add and of a GET](results.svg)']),
    '## Requests',
    requestsTable(book),
    '## Everything else',
    valuesTable(book),
    '## Targets',
    targetsTable(book),
    ...(book.failures.length === 0 ? [] : ['## Not measured', failuresOf(book)]),
    at === -1 ? NO_LIMITS : old.slice(at),
  ]
    .join('\n\n')
    .replace(/\n*$/, '\n');
}

function requestsTable(book: Book): string {
  const rows = SCENARIOS.flatMap(({ name, title }) => {
    const measured = SUBJECTS.filter((subject) =>
      book.runsOf(name, subject).some((run) => run !== undefined),
    );
    return measured.map((subject, index) => [
      index === 0 ? title : '',
      titleOf(subject),
      ...figures(book, name, subject),
    ]);
  });
  const headings = [
    '64 connections',
    '',
    'requests/s (min-max)',
    'p50, p99 ms',
    'service µs',
    'PostgreSQL µs',
    'CPU : ours',
    'rate : ours',
    'refused',
  ];
  return markdown(headings, rows);
}

function figures(book: Book, scenario: string, subject: SubjectName): string[] {
  const runs = known(book.runsOf(scenario, subject));
  const middle = (valueOf: ValueOf, show = shown): string => show(spreadOf(runs.map(valueOf)).median);
  const beside = (valueOf: ValueOf): string => {
    const ours = ourSubjectAt(book, scenario);
    if (subject in OURS || ours === undefined) return '';
    const ratio = book.ratio([scenario, subject], [scenario, ours], valueOf);
    return ratio === undefined ? '' : `**${shown(ratio)}**`;
  };
  const { min, max } = spreadOf(runs.map(({ rate }) => rate));
  const whole = (value: number): string => shown(Math.round(value));
  return [
    `${middle(({ rate }) => rate, whole)} (${whole(min)}-${whole(max)})`,
    `${middle(({ p50 }) => p50)}, ${middle(({ p99 }) => p99)}`,
    middle(({ service }) => service),
    middle(({ postgres }) => postgres),
    beside(({ service, postgres }) => service + postgres),
    beside(({ rate }) => rate),
    refusedOf(runs),
  ];
}

function ourSubjectAt(book: Book, scenario: string): SubjectName | undefined {
  return (Object.keys(OURS) as (keyof typeof OURS)[]).find((name) => book.runsOf(scenario, name).length > 0);
}

function refusedOf(runs: readonly ScenarioResult[]): string {
  const sum = (valueOf: ValueOf): number => runs.reduce((total, run) => total + valueOf(run), 0);
  const refused = sum(({ refused: count }) => count);
  return refused === 0 ? '' : `${shown((refused / sum(({ calls }) => calls)) * 100)}%`;
}

function valuesTable(book: Book): string {
  const names = [...Object.values(VALUES), ...book.valueNames().filter((name) => !isListed(name))];
  const rows = names.flatMap((name) => {
    const values = book.valuesOf(name).filter((value) => !Number.isNaN(value));
    if (values.length === 0) return [];
    const { median, min, max } = spreadOf(values);
    return [
      [
        isListed(name) ? name : `log, appenders: ${name.trim()}, events/s`,
        shown(median),
        `${shown(min)}-${shown(max)}`,
      ],
    ];
  });
  return markdown(['', 'median', 'min-max'], rows);
}

const isListed = (name: string): boolean => Object.values<string>(VALUES).includes(name);

function targetsTable(book: Book): string {
  const rows = targetsOf(book).map(({ what, asked, measured, isMet }) => [
    what,
    asked,
    measured ?? '–',
    isMet === undefined ? 'not measured' : isMet ? 'met' : '**missed**',
  ]);
  return markdown(['', 'target', 'measured', ''], rows);
}

function failuresOf({ failures }: Book): string {
  return failures.map(({ what, error }) => `- ${what}: ${onOneLine(error)}`).join('\n');
}

/** A message without its stack. */
function onOneLine(error: string): string {
  const lines = error.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('at ')).join(' / ');
}

function known(runs: Runs): ScenarioResult[] {
  return runs.flatMap((run) => run ?? []);
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
