/**
 * Metadata keys of `@CommandHandler`, `@EventsHandler` and `@Saga`, which `@nestjs/cqrs` does not export. If a
 * version renames them, no handler gets events, and the tests of the buses fail.
 */
export const COMMAND_METADATA = '__command__';
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';
export const SAGA_METADATA = '__saga__';
