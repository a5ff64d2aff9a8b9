/** The value of `Preference-Applied` for an answer that follows {@link prefersMinimal}. */
export const MINIMAL_APPLIED = 'return=minimal';

/**
 * @param header `Prefer` (RFC 7240); unknown preferences are ignored
 * @returns whether the caller wants the short answer; of several `return` preferences the first counts
 */
export function prefersMinimal(header: string | readonly string[] | undefined): boolean {
  if (header === undefined) return false;
  const preferences = (typeof header === 'string' ? header : header.join(',')).split(',');
  for (const preference of preferences) {
    // "(?!\s)" keeps the two "\s*" from matching the same whitespace; that avoids quadratic backtracking.
    const match = /^\s*return\s*=\s*(?!\s)"?(\w*)"?\s*(?:;|$)/i.exec(preference);
    if (match !== null) return match[1]?.toLowerCase() === 'minimal';
  }
  return false;
}
