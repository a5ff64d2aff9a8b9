/** The exit codes of the command line. */
export const EXIT = {
  done: 0,
  /** The command was understood and refused, or it failed. */
  refused: 1,
  /** The parameters are wrong. */
  misused: 2,
  /** A database cannot be reached. */
  unreachable: 3,
} as const;

/** Ends a command with a message for the operator and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: number = EXIT.refused,
  ) {
    super(message);
  }
}
