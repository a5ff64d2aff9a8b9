/**
 * The keys under which `@nestjs/cqrs` keeps what `@EventsHandler` and `@Saga` say. It does not export them; the tests "is told of the
 * handlers that Nest finds" and "runs sagas" fail should a version rename them.
 */
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';
export const SAGA_METADATA = '__saga__';
