import { ApiProperty } from '@nestjs/swagger';
import type { Caller } from '../../access/caller.js';
import { IsQueryInteger } from '../../http/validation/pagination.js';
import type { CartHistory } from '../queries/get-cart-events.query.js';
import { CartEventDto, cartEventDto } from './cart-event.dto.js';

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

// Answers are never constructed, hence each `!`.

/** A page of a cart's history. */
export class CartEventsDto {
  @ApiProperty({ type: [CartEventDto] })
  events!: CartEventDto[];

  @ApiProperty({ type: 'integer', nullable: true, description: 'The next `after`; null at the end.' })
  next!: number | null;
}

/** A page as `reader` may see it. */
export function cartEventsDto({ events, next }: CartHistory, reader: Caller): CartEventsDto {
  return { events: events.map((recorded) => cartEventDto(recorded, reader)), next };
}
