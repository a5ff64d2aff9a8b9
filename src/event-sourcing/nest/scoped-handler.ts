import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { IEventHandler } from '@nestjs/cqrs';
import { requestOf } from '../commands/async-context.js';
import type { DomainEvent } from '../kernel/event.js';

/** A handler of which Nest makes an instance for each event. It can inject the event's MessageRequest as `REQUEST`. */
export function scopedHandler(providers: ModuleRef, handlerClass: Type): IEventHandler {
  return {
    async handle(event: DomainEvent): Promise<void> {
      const request = requestOf(event);
      if (!request) throw new Error(`This ${event.type} was not delivered by a subscription.`);
      providers.registerRequestByContextId(request, request.id);
      const handler = await providers.resolve<IEventHandler>(handlerClass, request.id, { strict: false });
      await handler.handle(event);
    },
  };
}
