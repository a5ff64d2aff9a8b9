import { spreadOf } from './statistics.js';

/** Rows of text under headings, columns aligned: the first to the left, the others to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) =>
        column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd();
  return [line(headings), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** The median, and from where to where it went: `12,345 (11,900-12,800)`. */
export function withSpread(values: readonly number[], digits = 0): string {
  const { median, min, max } = spreadOf(values);
  return `${shown(median, digits)} (${shown(min, digits)}-${shown(max, digits)})`;
}

/** The median alone. */
export function middle(values: readonly number[], digits = 0): string {
  return shown(spreadOf(values).median, digits);
}

/** What could not be measured is a dash. */
function shown(value: number, digits: number): string {
  if (Number.isNaN(value)) return '-';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
