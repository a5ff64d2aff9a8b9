/** Send it back as `Preference-Applied` where {@link prefersMinimal} was followed. */
export const MINIMAL_APPLIED = 'return=minimal';

/**
 * @param header `Prefer` (RFC 7240); what it does not say, or says in no known way, is no preference
 * @returns whether the caller wants the short answer; of several `return` preferences the first counts
 */
export function prefersMinimal(header: string | readonly string[] | undefined): boolean {
  if (header === undefined) return false;
  const preferences = (typeof header === 'string' ? header : header.join(',')).split(',');
  for (const preference of preferences) {
    // "(?!\s)" leaves no blanks to the second "\s*": shared out among both, many would take the square of the time.
    const match = /^\s*return\s*=\s*(?!\s)"?(\w*)"?\s*(?:;|$)/i.exec(preference);
    if (match !== null) return match[1]?.toLowerCase() === 'minimal';
  }
  return false;
}
