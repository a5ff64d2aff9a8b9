import { AsyncContext } from '@nestjs/cqrs';
import type { EventClass } from '../kernel/event.js';

const INSTEAD =
  'It is kept in memory and ends with the message. ' +
  'currentMessageContext() has what is passed on: correlation, causation and actor.';

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
 * A command that is stored comes back without its context.
 * @throws Error for a command with an AsyncContext
 */
export function refuseAsyncContext(command: object): void {
  if (!AsyncContext.isAttached(command)) return;
  throw new Error(
    `${command.constructor.name} has an AsyncContext and is to be stored, which would lose it. ${INSTEAD}`,
  );
}

/** Has `AsyncContext.of` and `AsyncContext.merge` throw for stored events, which never have one. */
export function barAsyncContext(eventClasses: readonly EventClass[]): void {
  for (const { name, prototype } of eventClasses) {
    if (Object.hasOwn(prototype, ATTRIBUTE)) continue;
    Object.defineProperty(prototype, ATTRIBUTE, {
      get: () => {
        throw new Error(`${name} comes from the log and has no AsyncContext. ${INSTEAD}`);
      },
    });
  }
}
