import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import type { Caller } from '../../access/caller.js';
import type { RecordedEvent } from '../../event-sourcing/index.js';
import { ActorDto, EventDto, eventDto } from '../../http/validation/event.dto.js';

// Answers are never constructed, hence each `!`.

const FOREIGN = 'Omitted for guests and customers if somebody else acted.';

/** Who caused an event of a cart. */
export class CartActorDto extends OmitType(ActorDto, ['id']) {
  @ApiPropertyOptional({ type: String, nullable: true, description: FOREIGN })
  id?: string | null;
}

/** An event of a cart, as its reader may see it. */
export class CartEventDto extends OmitType(EventDto, ['actor', 'correlationId', 'causationId']) {
  @ApiProperty()
  actor!: CartActorDto;

  @ApiPropertyOptional({ description: `Shared by all that followed from one request. ${FOREIGN}` })
  correlationId?: string;

  @ApiPropertyOptional({ description: `The request or event that caused it directly. ${FOREIGN}` })
  causationId?: string;
}

/**
 * An event as `reader` may see it. Staff see everything. Guests and customers do not see the subject and the
 * request ids of staff and other customers.
 */
export function cartEventDto(recorded: RecordedEvent, reader: Caller): CartEventDto {
  const { actor, correlationId, causationId, ...rest } = eventDto(recorded);
  if (reader.isStaff || isOwn(actor, reader)) return { ...rest, actor, correlationId, causationId };
  return { ...rest, actor: { type: actor.type } };
}

/**
 * Guests have no id. A reader of the history has the cart's token or owns the cart, and a customer who claimed it
 * had the token, too. So the actions of guests on this cart count as the reader's own.
 */
function isOwn({ type, id }: ActorDto, reader: Caller): boolean {
  return type === 'guest' || (type === reader.type && id === reader.id);
}
