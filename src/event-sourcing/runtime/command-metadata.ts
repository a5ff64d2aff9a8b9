import { SYSTEM_ACTOR, type EventMetadata } from '../kernel/recorded-event.js';
import { currentMessageContext } from './message-context.js';

/**
 * The metadata of the events that a command appends: those of the running message. A command outside of a message is
 * the beginning of what follows from it, and its actor is `system`.
 * @param commandId a UUID
 */
export function metadataOfCommand(commandId: string): EventMetadata {
  const { correlationId, causationId, actor } = currentMessageContext() ?? {
    correlationId: commandId,
    causationId: commandId,
    actor: SYSTEM_ACTOR,
  };
  return { correlationId, causationId, actor, commandId };
}
