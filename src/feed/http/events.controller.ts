import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MayCall } from '../../access/may-call.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { NOT_STORED } from '../../http/openapi/headers.js';
import { HttpRoute } from '../../http/server/route-options.js';
import { ReportEventsCommand } from '../commands/report-events.command.js';
import { GetEventsQuery } from '../queries/get-events.query.js';
import { EVENT_STREAM_MEDIA_TYPE, EventStreams } from './event-streams.js';
import {
  EventsDto,
  eventsDto,
  EventsQueryDto,
  EventStreamQueryDto,
  filterOf,
  receiptDto,
  ReceiptDto,
  ReportEventsDto,
  reportsOf,
} from './events.dto.js';
import { EXAMPLES } from './events.examples.js';
import { LastEventId } from './last-event-id.js';

const STREAM_HEADERS = {
  ...NOT_STORED,
  'X-Accel-Buffering': {
    description: 'Tells proxies not to buffer the stream.',
    required: true,
    schema: { type: 'string' as const, enum: ['no'] },
  },
};

/** The log for other systems. */
@ApiTags('Events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  @MayCall('admin', 'service')
  @ApiOperation({ summary: 'Read past events, in order.' })
  @ApiResponse({ status: 200, type: EventsDto, description: 'Some of the events.', example: EXAMPLES.page })
  async find(@Query() query: EventsQueryDto): Promise<EventsDto> {
    return eventsDto(
      await this.queries.execute(new GetEventsQuery(query.after, filterOf(query), query.limit)),
    );
  }

  @Get('stream')
  @MayCall('admin', 'service')
  @HttpRoute({ produces: EVENT_STREAM_MEDIA_TYPE })
  @ApiOperation({ summary: 'Read past events, and follow new ones (Server-Sent Events).' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The position to resume after. It takes precedence over `after`.',
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  })
  @ApiResponse({
    status: 200,
    headers: STREAM_HEADERS,
    description:
      'Events as they happen. `id` is the position. Every 15 s a comment shows that the connection is alive, with ' +
      'the position reached as its `id`. The stream ends when the JWT expires or its key is withdrawn.',
    content: { [EVENT_STREAM_MEDIA_TYPE]: { schema: { type: 'string' }, example: EXAMPLES.stream } },
  })
  stream(
    @Query() query: EventStreamQueryDto,
    @LastEventId() lastEventId: number | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    this.streams.open(request, reply, lastEventId ?? query.after, filterOf(query));
  }

  @Post()
  @MayCall('service')
  @ApiOperation({ summary: 'Report events of another system, all or none.' })
  @ApiBody({ type: ReportEventsDto, examples: { price: { value: EXAMPLES.report } } })
  @ApiResponse({ status: 201, type: ReceiptDto, description: 'All are stored.', example: EXAMPLES.receipt })
  @ApiProblems('EVENT_NOT_PUBLISHABLE', 'EVENT_INVALID', 'VERSION_MISMATCH', 'TOO_MUCH_CONTENTION')
  async report(@Body() body: ReportEventsDto): Promise<ReceiptDto> {
    const { stream, expectedVersion } = body;
    const receipt = await this.commands.execute(
      new ReportEventsCommand(stream, reportsOf(body), expectedVersion),
    );
    return receiptDto(receipt);
  }
}
