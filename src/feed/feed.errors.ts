import { DomainError, type DataError } from '../event-sourcing/index.js';

const MAX_ERRORS = 100;

/** An event of a type that is this service's own business. */
export class EventNotPublishable extends DomainError {
  constructor(index: number, type: string) {
    const code = 'EVENT_NOT_PUBLISHABLE';
    super(code, `Events of type "${type}" are not taken from other systems.`, {
      errors: [{ pointer: `/events/${index}/type`, code, message: 'must be a type that may be reported' }],
    });
  }
}

/** An event that cannot be, or not on this stream, or not under this id. */
export class EventInvalid extends DomainError {
  constructor(errors: readonly DataError[]) {
    super('EVENT_INVALID', 'Nothing was stored. See "errors".', { errors: errors.slice(0, MAX_ERRORS) });
  }
}

/** The stream is not at the version that the caller takes it to be at. */
export class StreamVersionMismatch extends DomainError {
  constructor(currentVersion: number) {
    super('VERSION_MISMATCH', `The stream is at version ${currentVersion}.`, { currentVersion });
  }
}

/** Others were faster every time. */
export class StreamContended extends DomainError {
  constructor() {
    super(
      'TOO_MUCH_CONTENTION',
      'Too many others write to this stream at the moment. Send the request again.',
    );
  }
}
