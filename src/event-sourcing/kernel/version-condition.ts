/** Versions of a stream; `any` stands for every version from 1 on. */
export type Versions = 'any' | readonly number[];

/** The versions of a stream at which a command may take effect. Without any part, it may at every version. */
export interface VersionCondition {
  /** The stream must be at one of these versions. An empty list is never met. */
  readonly match?: Versions | undefined;
  /** The stream must not be at one of these versions; `any`: it must not exist. */
  readonly noneMatch?: Versions | undefined;
}

/**
 * Whether a condition is met. Ask within the decision: the append checks again what the decision saw.
 * @param version the present version; 0 for a stream that does not exist
 */
export function isMet({ match, noneMatch }: VersionCondition, version: number): boolean {
  return (match === undefined || includes(match, version)) && !includes(noneMatch ?? [], version);
}

function includes(versions: Versions, version: number): boolean {
  return version > 0 && (versions === 'any' || versions.includes(version));
}
