/** Something that must never happen and did: which rule is broken, and what shows it. */
export interface Violation {
  readonly rule: string;
  readonly evidence: object;
}
