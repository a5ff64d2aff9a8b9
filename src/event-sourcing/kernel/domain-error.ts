/**
 * A rule of the domain that was violated. It is an answer, not a fault: nothing was changed, and `code` and `data`
 * tell the caller how to mend the request.
 */
export class DomainError extends Error {
  /**
   * @param code stable, upper-case name of the violated rule, part of the public contract
   * @param message one sentence for a human that says how to mend the request
   * @param data what mends the request (ids, versions, limits), sent along with the answer
   */
  constructor(
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = new.target.name;
  }
}
