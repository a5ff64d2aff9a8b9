/** What the contract says about an answer: its status, and its error code where the command must be refused. */
export interface Expectation {
  readonly status: number;
  readonly code?: string;
}

/** The command must take effect and be answered with `status`. */
export function accepted(status: number): Expectation {
  return { status };
}

/** The command must be refused with `status` and the stable error `code`. */
export function refused(status: number, code: string): Expectation {
  return { status, code };
}
