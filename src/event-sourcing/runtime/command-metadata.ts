import { SYSTEM_ACTOR, type EventMetadata } from '../kernel/recorded-event.js';
import { currentMessageContext, currentTraceparent, type MessageContext } from './message-context.js';
import { isTraceparent } from './traceparent.js';

/** What is stored of the message that leads to an event or a command. */
export type MessageMetadata = Pick<MessageContext, 'correlationId' | 'causationId' | 'actor' | 'traceparent'>;

/**
 * The metadata of the events that a command appends: those of the running message. A command outside of a message is
 * the beginning of what follows from it, and its actor is `system`.
 * @param commandId a UUID
 */
export function metadataOfCommand(commandId: string): EventMetadata {
  const { correlationId, causationId, actor } = currentMessageContext() ?? beginning(commandId);
  return inTrace({ correlationId, causationId, actor, commandId }, currentTraceparent());
}

/**
 * The metadata of what the running message leads to.
 * @param id stands for the message outside of one
 */
export function metadataOfMessage(id: string): MessageMetadata {
  const { correlationId, causationId, actor } = currentMessageContext() ?? beginning(id);
  return inTrace({ correlationId, causationId, actor }, currentTraceparent());
}

/** The context of what follows from an event: in the trace of the span that handles it, else in that of the event. */
export function contextAfter(
  id: string,
  { correlationId, actor, traceparent }: EventMetadata,
): MessageMetadata {
  return inTrace({ correlationId, causationId: id, actor }, currentTraceparent() ?? traceparent);
}

function beginning(id: string): MessageMetadata {
  return { correlationId: id, causationId: id, actor: SYSTEM_ACTOR };
}

/** A trace context may come from outside, so it is checked before it is stored. */
function inTrace<T extends object>(
  metadata: T,
  traceparent: string | undefined,
): T & Pick<MessageContext, 'traceparent'> {
  return traceparent !== undefined && isTraceparent(traceparent) ? { ...metadata, traceparent } : metadata;
}
