import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FeedFilter, FeedPage, RecordedEvent } from '../../event-sourcing/index.js';
import { EventDto, eventDto } from '../../http/validation/event.dto.js';
import { isRecord, IsText, IsUuid, MayBeAbsent, PlainObject, rule } from '../../http/validation/fields.js';
import { JSON_OBJECT_SCHEMA } from '../../http/validation/json-structure.js';
import { IsListOf } from '../../http/validation/nested-fields.js';
import { IsQueryInteger } from '../../http/validation/pagination.js';
import type { Report } from '../commands/report-events.command.js';
import type { Receipt } from '../event-intake.js';

// Validation sets every required field of a request, and answers are never constructed, hence each `!`.

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const MAX_REPORTS = 100;
const MAX_NAME = 256;
const REPORTED_DATA =
  'What happened, by its type. As everywhere in a body, no text holds NUL and nothing nests deeper than 10 levels.';
const VERSION_SCHEMA = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** Query string of `GET /events/stream`. */
export class EventStreamQueryDto {
  @ApiPropertyOptional({ default: 0, description: 'A position, exclusive.' })
  @IsQueryInteger(0, Number.MAX_SAFE_INTEGER)
  after = 0;

  @ApiPropertyOptional({ description: 'Events of this type only, such as `cart.item-added`.' })
  @MayBeAbsent()
  @IsText(1, MAX_NAME)
  type?: string;

  @ApiPropertyOptional({ description: 'Events of this stream only, such as `product-MUG-1`.' })
  @MayBeAbsent()
  @IsText(1, MAX_NAME)
  stream?: string;
}

/** Query string of `GET /events`. */
export class EventsQueryDto extends EventStreamQueryDto {
  @ApiPropertyOptional({ default: DEFAULT_LIMIT })
  @IsQueryInteger(1, MAX_LIMIT)
  limit = DEFAULT_LIMIT;
}

/** An event of any stream. */
export class FeedEventDto extends EventDto {
  @ApiProperty({ example: 'product-MUG-1', description: 'The stream that it belongs to.' })
  stream!: string;
}

/** A page of the log. */
export class EventsDto {
  @ApiProperty({ type: [FeedEventDto] })
  events!: FeedEventDto[];

  @ApiProperty({
    type: 'integer',
    description:
      'The next `after`: the log was read up to here. It advances even if no event of the page matched.',
  })
  next!: number;
}

/** An event that another system reports. */
export class ReportedEventDto {
  @ApiPropertyOptional({ description: 'An event that is sent again with the same id is stored once.' })
  @MayBeAbsent()
  @IsUuid()
  id?: string;

  @ApiProperty({ example: 'product.price-reported' })
  @IsText(1, MAX_NAME)
  type!: string;

  @ApiProperty({ description: REPORTED_DATA })
  @PlainObject()
  @rule('isObject', 'must be an object', isRecord, JSON_OBJECT_SCHEMA)
  data!: Record<string, unknown>;
}

/** Body of `POST /events`. */
export class ReportEventsDto {
  @ApiProperty({ example: 'product-MUG-1' })
  @IsText(1, MAX_NAME)
  stream!: string;

  @ApiPropertyOptional({ description: '0 for a stream that must be new.' })
  @MayBeAbsent()
  @rule('isVersion', 'must be a whole number, not negative', isVersion, VERSION_SCHEMA)
  expectedVersion?: number;

  @ApiProperty({ type: [ReportedEventDto] })
  @IsListOf(ReportedEventDto, { min: 1, max: MAX_REPORTS })
  events!: ReportedEventDto[];
}

/** Where reported events are. */
export class ReceiptDto {
  @ApiProperty({ type: 'integer', description: 'The version of the last of them.' })
  version!: number;

  @ApiProperty({ type: 'integer', description: 'The position of the last of them.' })
  position!: number;
}

/** An event as readers of the log see it. */
export function feedEventDto(recorded: RecordedEvent): FeedEventDto {
  return Object.assign(eventDto(recorded), { stream: recorded.stream });
}

/** A page as clients see it. */
export function eventsDto({ events, next }: FeedPage): EventsDto {
  return { events: events.map(feedEventDto), next };
}

/** A receipt as clients see it. */
export function receiptDto({ version, position }: Receipt): ReceiptDto {
  return { version, position };
}

/** The filter of a query. */
export function filterOf({ type, stream }: EventStreamQueryDto): FeedFilter {
  return { ...(type !== undefined && { type }), ...(stream !== undefined && { stream }) };
}

function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The reports of a body. Ids are compared without case. */
export function reportsOf({ events }: ReportEventsDto): Report[] {
  return events.map(({ id, type, data }) => ({ id: id?.toLowerCase(), type, data }));
}
