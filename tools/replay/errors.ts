/** The replay cannot be started, or cannot be brought to its end; the message is one line for the person who runs it. */
export class ReplayError extends Error {
  /**
   * @param message one sentence that says what is wrong and, where it helps, what to do
   * @param exitCode 2 when the caller has to mend something before a replay can start, 130 when interrupted, else 1
   */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 | 130,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The file is not the trace that it was taken for. */
export class TraceError extends ReplayError {
  /** @param message what is wrong with the file, with the row where it is one row's fault */
  constructor(message: string) {
    super(message, 2);
  }
}
