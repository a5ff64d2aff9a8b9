import { AsyncContext } from '@nestjs/cqrs';
import type { DomainEvent, EventClass } from '../kernel/event.js';
import { findRecord } from '../kernel/record-of.js';
import type { MessageContext } from '../runtime/message-context.js';

/**
 * The AsyncContext of a stored command and of an event from the log. It holds what is stored with the message. A
 * request-scoped handler injects it with `@Inject(REQUEST)`.
 */
export class MessageRequest extends AsyncContext {
  /** @param message what is passed on from message to message: correlation, causation and actor */
  constructor(readonly message: MessageContext) {
    super();
  }
}

/** The property under which `@nestjs/cqrs` attaches a context. It does not export its name. */
const ATTRIBUTE = attributeOf({});

function attributeOf(probe: object): symbol {
  new AsyncContext().attachTo(probe);
  const [attribute] = Object.getOwnPropertySymbols(probe);
  if (attribute === undefined)
    throw new Error('AsyncContext of @nestjs/cqrs attaches itself in another way.');
  return attribute;
}

/**
 * Refuses a context with properties of its own for a message that is stored: they would be lost. The contexts of Nest
 * and of this module have none, so they are accepted.
 * @param message the command or the event, for the error
 * @throws Error for a context of another class
 */
export function refuseOwnContext(message: object, context: AsyncContext | undefined): void {
  if (!context || context instanceof MessageRequest || context.constructor === AsyncContext) return;
  throw new Error(
    `${message.constructor.name} is stored, and its ${context.constructor.name}, an AsyncContext, would be lost: ` +
      'it is kept in memory. Correlation, causation and actor are passed on by themselves: currentMessageContext() and ' +
      'MessageRequest have them. Put everything else into the command or the event.',
  );
}

/**
 * A command that is stored comes back with a MessageRequest.
 * @throws Error for a command with an AsyncContext that has properties of its own
 */
export function refuseAsyncContext(command: object): void {
  refuseOwnContext(command, AsyncContext.of(command));
}

const requests = new WeakMap<object, MessageRequest>();

/** The context of an event from the log, the same for all that handle this instance. */
export function requestOf(event: DomainEvent): MessageRequest | undefined {
  const known = requests.get(event);
  if (known) return known;
  const record = findRecord(event);
  if (!record) return undefined;
  const { correlationId, actor } = record.metadata;
  const request = new MessageRequest({ correlationId, causationId: record.id, actor });
  requests.set(event, request);
  return request;
}

/** Lets `AsyncContext.of` and `AsyncContext.merge` find the context of events from the log. */
export function offerAsyncContext(eventClasses: readonly EventClass[]): void {
  for (const { prototype } of eventClasses) {
    if (Object.hasOwn(prototype, ATTRIBUTE)) continue;
    Object.defineProperty(prototype, ATTRIBUTE, {
      get(this: DomainEvent) {
        return requestOf(this);
      },
    });
  }
}
