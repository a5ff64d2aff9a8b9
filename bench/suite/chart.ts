import type { Book } from './book.js';
import { titleOf, type SubjectName } from './subjects.js';

const PANELS = [
  ['add-5', 'add to a cart of 5 items'],
  ['get', 'GET of a cart of 5 items'],
] as const;
const SUBJECTS: readonly SubjectName[] = ['alone', 'no-op', 'crud-pg', 'crud-typeorm', 'emmett', 'textbook'];
const PARTS = ['service', 'PostgreSQL'] as const;

/** The main table as a Vega-Lite specification: processor time of an add and of a GET, of service and PostgreSQL. */
export function chartOf(book: Book): object {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: 'CPU a request, µs (median; less is better)',
    background: 'white',
    config: { font: 'sans-serif', view: { stroke: null } },
    hconcat: PANELS.map(([scenario, title], index) => ({
      title,
      width: 280,
      data: { values: valuesOf(book, scenario) },
      mark: 'bar',
      encoding: {
        y: {
          field: 'subject',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { labels: index === 0, ticks: false, labelLimit: 0, domain: false },
        },
        x: { field: 'µs', type: 'quantitative', title: null },
        color: {
          field: 'part',
          type: 'nominal',
          title: null,
          scale: { domain: PARTS, range: ['#4c78a8', '#9ecae9'] },
          legend: { orient: 'bottom' },
        },
        order: { field: 'order', type: 'quantitative' },
      },
    })),
  };
}

function valuesOf(book: Book, scenario: string): object[] {
  return SUBJECTS.flatMap((subject) =>
    PARTS.map((part, order) => ({
      subject: titleOf(subject),
      part,
      order,
      µs: book.median(scenario, subject, (run) => (part === 'service' ? run.service : run.postgres)) ?? 0,
    })),
  );
}
