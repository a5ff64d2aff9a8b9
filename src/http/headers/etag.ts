import type { Versions } from '../../event-sourcing/index.js';
import { HttpProblem } from '../problems/problem.js';

interface Tag {
  readonly weak: boolean;
  /** The text between the quotes. */
  readonly opaque: string;
}

const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;
/**
 * `*`, or a list of entity tags. It may have empty elements (RFC 9110, 5.6.1), but needs one tag. No two adjacent parts
 * match whitespace; that avoids quadratic backtracking.
 */
export const ENTITY_TAGS =
  /^[ \t]*(?:\*[ \t]*|(?:,[ \t]*)*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*)?)*)$/;
const VERSION = /^(0|[1-9]\d{0,15})(?:-|$)/;

/**
 * @param version the version of the resource
 * @param variant distinguishes answers of one version, such as a hash of the notices; visible ASCII without quotes
 * @returns a strong entity tag: `"12"` or `"12-4f1c"`
 */
export function versionTag(version: number, variant?: string): string {
  return variant === undefined ? `"${version}"` : `"${version}-${variant}"`;
}

/**
 * @param header `If-Match`
 * @returns the versions in its tags. A weak tag, or one without a version, names none.
 * @throws HttpProblem `INVALID_HEADER` when it is neither `*` nor a list of quoted tags
 */
export function matchingVersions(header: string): Versions {
  const tags = parseTags('If-Match', header);
  return tags === 'any' ? 'any' : versionsOf(tags.filter(({ weak }) => !weak));
}

/**
 * @param header `If-None-Match`
 * @returns the versions in its tags, weak ones included
 * @throws HttpProblem `INVALID_HEADER` when it is neither `*` nor a list of quoted tags
 */
export function versionsIn(header: string): Versions {
  const tags = parseTags('If-None-Match', header);
  return tags === 'any' ? 'any' : versionsOf(tags);
}

/**
 * @param header `If-None-Match`; undefined if it was not sent
 * @param tag the current tag of the resource
 * @returns whether the caller has this representation, so that the answer is 304 (whole tags, weak comparison)
 * @throws HttpProblem `INVALID_HEADER` when it is neither `*` nor a list of quoted tags
 */
export function isUnchanged(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = parseTags('If-None-Match', header);
  return tags === 'any' || tags.some(({ opaque }) => `"${opaque}"` === tag.replace(/^W\//, ''));
}

function versionsOf(tags: readonly Tag[]): number[] {
  return tags
    .map(({ opaque }) => Number(VERSION.exec(opaque)?.[1] ?? NaN))
    .filter((version) => Number.isSafeInteger(version));
}

function parseTags(name: string, header: string): 'any' | Tag[] {
  if (!ENTITY_TAGS.test(header)) throw malformed(name);
  if (header.trim() === '*') return 'any';
  return [...header.matchAll(TAG)].map(([, weak, opaque = '']) => ({ weak: weak !== undefined, opaque }));
}

function malformed(name: string): HttpProblem {
  return new HttpProblem(
    'INVALID_HEADER',
    `${name} must be * or entity tags in double quotes, such as "12".`,
  );
}
