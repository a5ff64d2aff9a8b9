import { ApiProperty } from '@nestjs/swagger';
import type {
  ParkedItem,
  ParkedItemPage,
  ParkedItemPlace,
  SubscriptionStatus,
} from '../event-sourcing/index.js';
import { CURSOR_FLAG, CURSOR_POSITION, CursorCodec } from '../http/validation/cursor.js';
import { pageQuery } from '../http/validation/pagination.js';

const cursors = new CursorCodec<ParkedItemPlace>({ isCommand: CURSOR_FLAG, order: CURSOR_POSITION });

/** Query string of `GET /projections/{name}/parked-events`. */
export class FindParkedEventsDto extends pageQuery(cursors) {}

// The classes below describe answers; they are never constructed, hence each `!`.

/** A partition of a handler. */
export class PartitionDto {
  @ApiProperty({ type: 'integer', description: 'The position up to which it has handled the log.' })
  position!: number;

  @ApiProperty({ type: 'integer', description: 'Positions between it and the head of the log.' })
  lag!: number;

  @ApiProperty({ enum: ['running', 'waiting'], description: 'running: a process has its lease.' })
  state!: 'running' | 'waiting';
}

/** The state of a handler of events. */
export class ProjectionDto implements Omit<SubscriptionStatus, 'tables' | 'rebuild' | 'partitions'> {
  @ApiProperty({ description: 'Stable. `commands` stands for stored commands that no saga sent.' })
  name!: string;

  @ApiProperty({ enum: ['projection', 'handler', 'saga', 'relay'] })
  kind!: SubscriptionStatus['kind'];

  @ApiProperty({ type: 'integer', description: 'The position up to which it has handled the log.' })
  position!: number;

  @ApiProperty({ type: 'integer', description: 'The last position of the log.' })
  head!: number;

  @ApiProperty({ type: 'integer', description: 'Positions between the two.' })
  lag!: number;

  @ApiProperty({
    description: 'Age in seconds of the oldest event that it has not handled; 0 if there is none.',
  })
  lagSeconds!: number;

  @ApiProperty({
    enum: ['running', 'retrying', 'waiting', 'rebuilding', 'parked', 'stopped', 'outdated', 'unattended'],
    description:
      'retrying: its database refuses its writes, or the broker of a relay is away; waiting: a process will take it within seconds; rebuilding: its ' +
      'view is being rebuilt; parked: an event needs an operator, all others go on; stopped: an error has ended it, ' +
      'or its view has earlier rows that must be cleared; outdated: the log holds events that this code does not know; ' +
      'unattended: no running process has its handler.',
  })
  state!: SubscriptionStatus['state'];

  @ApiProperty({
    type: 'integer',
    description: 'Events and commands at which it has failed, and those that wait behind them.',
  })
  parked!: number;

  @ApiProperty({
    description: 'Whether its view is being rebuilt. Queries read the old one until then.',
  })
  rebuilding!: boolean;

  @ApiProperty({
    type: [PartitionDto],
    required: false,
    description:
      'For a handler that is split by key: its partitions, in the order of their indexes. The other properties concern ' +
      'all of them: the lowest position, the longest lag, the worst state.',
  })
  partitions?: PartitionDto[];
}

/** A status as clients see it. */
export function projectionDto(status: SubscriptionStatus): ProjectionDto {
  const { name, kind, position, head, lag, lagSeconds, state, parked, rebuilding, partitions } = status;
  const all = { name, kind, position, head, lag, lagSeconds, state, parked, rebuilding };
  return partitions.length > 0 ? { ...all, partitions: [...partitions] } : all;
}

/** An event at which a handler has failed, one that waits behind it, or a command of a saga. */
export class ParkedEventDto implements ParkedItem {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ type: String, nullable: true })
  stream!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Null for a command.' })
  position!: number | null;

  @ApiProperty({ description: 'Name of the event or command.' })
  type!: string;

  @ApiProperty({ type: 'integer', description: '0 for one that only waits behind another.' })
  attempts!: number;

  @ApiProperty({ type: String, nullable: true, description: 'The error of the last attempt.' })
  error!: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'For a command, when it was stored.' })
  parkedAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Null if it is not retried automatically.',
  })
  retryAt!: Date | null;
}

/** A page of parked items: events in their order, then commands. */
export class ParkedEventPageDto {
  @ApiProperty({ type: [ParkedEventDto] })
  events!: ParkedEventDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null at the end.' })
  nextCursor!: string | null;
}

/** A page as clients see it. */
export function parkedEventPageDto({ items, next }: ParkedItemPage): ParkedEventPageDto {
  return {
    events: [...items],
    nextCursor: next === null ? null : cursors.encode(next),
  };
}
