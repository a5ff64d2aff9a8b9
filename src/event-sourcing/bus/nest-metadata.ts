/**
 * The keys under which `@nestjs/cqrs` keeps what its decorators say. It does not export them; the test "is told of the
 * handlers that Nest finds" fails should a version rename them.
 */
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';
export const SAGA_METADATA = '__saga__';
