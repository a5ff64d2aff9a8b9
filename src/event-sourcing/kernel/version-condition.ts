/** Some versions of a stream, or any. */
export type Versions = 'any' | readonly number[];

/** At which versions of a stream a caller wants a command to take effect. No part of it asks for nothing. */
export interface VersionCondition {
  /** It must be there, at one of these versions. An empty list lets nothing through. */
  readonly match?: Versions | undefined;
  /** It must not be there at one of these versions; `any`: it must not be there at all. */
  readonly noneMatch?: Versions | undefined;
}

/**
 * Whether a command may take effect. Ask inside of the decision: what it saw is checked again when its events are stored.
 * @param version the present version; 0 where there is nothing
 */
export function isMet({ match, noneMatch }: VersionCondition, version: number): boolean {
  return (match === undefined || includes(match, version)) && !includes(noneMatch ?? [], version);
}

function includes(versions: Versions, version: number): boolean {
  return version > 0 && (versions === 'any' || versions.includes(version));
}
