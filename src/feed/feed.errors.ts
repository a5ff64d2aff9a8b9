import { DomainError, type DataError } from '../event-sourcing/index.js';

const MAX_ERRORS = 100;

/** An event of a type that other systems may not report. */
export class EventNotPublishable extends DomainError {
  constructor(index: number, type: string) {
    const code = 'EVENT_NOT_PUBLISHABLE';
    super(code, `Other systems may not report events of type "${type}".`, {
      errors: [{ pointer: `/events/${index}/type`, code, message: 'must be a type that may be reported' }],
    });
  }
}

/** An event with invalid data, on a wrong stream, or with the id of another event. */
export class EventInvalid extends DomainError {
  constructor(errors: readonly DataError[]) {
    super('EVENT_INVALID', 'Nothing was stored. See "errors".', { errors: errors.slice(0, MAX_ERRORS) });
  }
}

/** The stream is not at the expected version. */
export class StreamVersionMismatch extends DomainError {
  constructor(currentVersion: number) {
    super('VERSION_MISMATCH', `The stream is at version ${currentVersion}.`, { currentVersion });
  }
}

/** Other writers were faster at every attempt. */
export class StreamContended extends DomainError {
  constructor() {
    super(
      'TOO_MUCH_CONTENTION',
      'Too many others write to this stream at the moment. Send the request again.',
    );
  }
}
