/**
 * The keys under which `@nestjs/cqrs` keeps what `@CommandHandler`, `@EventsHandler` and `@Saga` say. It does not export them. The tests
 * "is told of the handlers that Nest finds" and "runs sagas" fail if a version renames them.
 */
export const COMMAND_METADATA = '__command__';
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';
export const SAGA_METADATA = '__saga__';
