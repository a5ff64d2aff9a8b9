/**
 * A rule of the domain was violated. This is an answer, not a fault: nothing was changed, and `code` and `data` tell
 * the caller how to correct the request.
 */
export class DomainError extends Error {
  /**
   * @param code stable, upper-case name of the violated rule, part of the public contract
   * @param message for people: what is wrong and how to correct the request
   * @param data what helps to correct the request (ids, versions, limits); part of the answer
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
