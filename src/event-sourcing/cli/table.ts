const GAP = '  ';

/**
 * Lays out rows as a table for a terminal, with columns as wide as their widest cell.
 * @param head the titles of the columns
 * @param rows cells; control characters and line breaks become blanks, so that stored texts cannot change the terminal
 */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => plain(String(cell))));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** One line of text without control characters. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trimEnd();
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration for people, such as `1.5s`, `12m` or `3d`. */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return `${String(Math.round(seconds * 10) / 10)}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}
