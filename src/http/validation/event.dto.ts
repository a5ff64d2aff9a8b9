import { ApiProperty } from '@nestjs/swagger';
import type { DomainEvent, RecordedEvent } from '../../event-sourcing/index.js';

// The classes below describe answers; they are never constructed, hence each `!`.

/** Who caused an event. */
export class ActorDto {
  @ApiProperty({ enum: ['guest', 'customer', 'admin', 'service', 'system'] })
  type!: string;

  @ApiProperty({ type: String, nullable: true })
  id!: string | null;
}

/** An event of the log. */
export class EventDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ type: 'integer', description: 'Place in its stream, from 1 on.' })
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

/** An event as clients see it. Its enumerable fields are its data; its type is on the prototype. */
export function eventDto({ id, event, version, position, occurredAt, metadata }: RecordedEvent): EventDto {
  return {
    id,
    type: event.type,
    version,
    position,
    occurredAt,
    actor: metadata.actor,
    correlationId: metadata.correlationId,
    causationId: metadata.causationId,
    data: event,
  };
}
