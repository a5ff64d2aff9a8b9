/**
 * The key under which `@nestjs/cqrs` keeps what `@EventsHandler` says. It does not export it; the test "is told of the handlers that
 * Nest finds" fails should a version rename it.
 */
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';
