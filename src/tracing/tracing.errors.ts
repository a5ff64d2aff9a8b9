/** The environment asks for traces, and they cannot be recorded. The message is one line that says what to do. */
export class TracingUnavailableError extends Error {
  override readonly name = 'TracingUnavailableError';
}
