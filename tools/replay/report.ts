import type { Summary } from './replay.js';

const SHOWN = 20;

/** 0 where the replay came to its end, every answer was as expected, and every cart is what the model says. */
export function exitCode({ tally, stopped }: Summary): number {
  if (stopped !== undefined) {
    return stopped.exitCode;
  }
  return tally.mismatches.length === 0 && tally.unexpected.length === 0 ? 0 : 1;
}

/** The summary as lines of text, with the first unexpected answers and mismatches below the figures. */
export function report({ trace, tally, seconds, stopped }: Summary): string {
  const perSecond = seconds.commands > 0 ? tally.commands / seconds.commands : 0;
  const figures: [string, string][] = [
    ['trace', `${trace.format}, ${trace.currency}`],
    ['rows', count(trace.rows)],
    ['passed over', withParts(sum(trace.passedOver), trace.passedOver)],
    ['prices rounded', count(trace.roundedPrices)],
    ['products', count(trace.products.size)],
    ['carts', count(trace.carts.length)],
    ['commands', withParts(tally.commands, tally.sent)],
    ['accepted', count(tally.accepted)],
    ['refused', withParts(tally.refusedInAll, tally.refused)],
    ['seconds', `${seconds.commands.toFixed(1)} (${phases(seconds)})`],
    ['commands/s', count(Math.round(perSecond))],
    ['p50', `${tally.latencyMs(50).toFixed(1)} ms`],
    ['p99', `${tally.latencyMs(99).toFixed(1)} ms`],
    ['carts compared', count(tally.compared)],
    ['view behind', count(tally.viewBehind)],
    ['unexpected answers', count(tally.unexpected.length)],
    ['mismatches', count(tally.mismatches.length)],
  ];
  return [
    ...figures.map(([name, value]) => `${name.padEnd(20)}${value}`),
    ...list('unexpected answers', tally.unexpected),
    ...list('mismatches', tally.mismatches),
    ...(stopped === undefined ? [] : [stopped.message]),
  ].join('\n');
}

function phases({ importing, readingBack }: Summary['seconds']): string {
  return `and ${importing.toFixed(1)} importing, ${readingBack.toFixed(1)} reading back`;
}

function list(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) {
    return [];
  }
  const more = lines.length > SHOWN ? [`  and ${count(lines.length - SHOWN)} more`] : [];
  return [`${title}:`, ...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...more];
}

function withParts(total: number, parts: ReadonlyMap<string, number>): string {
  const named = [...parts].map(([name, value]) => `${name} ${count(value)}`).join(', ');
  return named === '' ? count(total) : `${count(total)} (${named})`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function sum(parts: ReadonlyMap<string, number>): number {
  return [...parts.values()].reduce((total, value) => total + value, 0);
}
