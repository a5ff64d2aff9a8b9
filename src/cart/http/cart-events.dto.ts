import { ApiProperty } from '@nestjs/swagger';
import type { DomainEvent } from '../../event-sourcing/index.js';
import { IsQueryInteger } from '../../http/pagination.js';
import type { CartHistory } from '../queries/get-cart-events.query.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Query string of `GET /carts/{cartId}/events`. */
export class CartEventsQueryDto {
  /** A version, exclusive. */
  @IsQueryInteger(0, Number.MAX_SAFE_INTEGER)
  after = 0;

  @IsQueryInteger(1, MAX_LIMIT)
  limit = DEFAULT_LIMIT;
}

// The classes below describe answers; they are never constructed, hence each `!`.

/** Who caused an event. */
export class ActorDto {
  @ApiProperty({ enum: ['guest', 'customer', 'admin', 'service', 'system'] })
  type!: string;

  @ApiProperty({ type: String, nullable: true })
  id!: string | null;
}

/** An event as it stands in the log. */
export class EventDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'cart.item-added' })
  type!: string;

  @ApiProperty({ type: 'integer', description: 'Place among the events of the cart, from 1 on.' })
  version!: number;

  @ApiProperty({ type: 'integer', description: 'Place in the whole log.' })
  position!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt!: Date;

  @ApiProperty()
  actor!: ActorDto;

  @ApiProperty({ description: 'Shared by all that followed from one request.' })
  correlationId!: string;

  @ApiProperty({ description: 'The request or event that caused it directly.' })
  causationId!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What happened, by its type.' })
  data!: DomainEvent;
}

/** A page of a cart's history. */
export class CartEventsDto {
  @ApiProperty({ type: [EventDto] })
  events!: EventDto[];

  @ApiProperty({ type: 'integer', nullable: true, description: 'The next `after`; null at the end.' })
  next!: number | null;
}

/** A page as clients see it. An event's enumerable fields are its data; its type lies on the prototype. */
export function cartEventsDto({ events, next }: CartHistory): CartEventsDto {
  return {
    events: events.map(({ id, event, version, position, occurredAt, metadata }) => ({
      id,
      type: event.type,
      version,
      position,
      occurredAt,
      actor: metadata.actor,
      correlationId: metadata.correlationId,
      causationId: metadata.causationId,
      data: event,
    })),
    next,
  };
}
