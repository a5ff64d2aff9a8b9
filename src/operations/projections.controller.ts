import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { MayCall } from '../access/may-call.js';
import { SubscriptionAdmin } from '../event-sourcing/index.js';
import { ApiProblems } from '../http/openapi/problems.js';
import { HttpProblem } from '../http/problems/problem.js';
import { Nothing } from '../http/validation/validation.js';
import { Interventions } from './interventions.js';
import { EXAMPLES } from './operations.examples.js';
import {
  FindParkedEventsDto,
  ParkedEventPageDto,
  parkedEventPageDto,
  projectionDto,
  ProjectionDto,
} from './projections.dto.js';

const NAME = { name: 'name', schema: { type: 'string' as const, example: 'carts' } };
const NO_FIELDS = { type: Nothing, required: false, examples: { nothing: { value: {} } } };
const ID = { name: 'id', schema: { type: 'string' as const, format: 'uuid' } };

/** Projections and other handlers of events, for operators. */
@ApiTags('Operations')
@MayCall('admin')
@Controller('projections')
export class ProjectionsController {
  constructor(
    private readonly admin: SubscriptionAdmin,
    private readonly interventions: Interventions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get the states of all projections, handlers, sagas and relays.' })
  @ApiResponse({ status: 200, type: [ProjectionDto], description: 'All.', example: EXAMPLES.projections })
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- makes the service refuse query parameters
  async list(@Query() _nothing: Nothing): Promise<ProjectionDto[]> {
    return (await this.admin.statuses()).map(projectionDto);
  }

  @Post(':name/rebuilds')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Rebuild a view from the first event. Queries read the old one until it is done.',
  })
  @ApiParam(NAME)
  @ApiBody(NO_FIELDS)
  @ApiResponse({
    status: 202,
    description: 'The rebuild has started, or was running already; `rebuilding` shows when it has ended.',
  })
  @ApiProblems('NOT_FOUND')
  async rebuild(@Body() _nothing: Nothing, @Param('name') name: string): Promise<void> {
    if (!(await this.interventions.rebuild(name)))
      throw new HttpProblem('NOT_FOUND', 'There is no projection of this name.');
  }

  @Get(':name/parked-events')
  @ApiOperation({
    summary: 'List the events and commands at which a handler has failed, and those that wait behind them.',
  })
  @ApiParam(NAME)
  @ApiResponse({
    status: 200,
    type: ParkedEventPageDto,
    description: 'A page.',
    example: EXAMPLES.parkedEvents,
  })
  async parked(
    @Param('name') name: string,
    @Query() { cursor, limit }: FindParkedEventsDto,
  ): Promise<ParkedEventPageDto> {
    const page = await this.admin.parked(name, cursor, limit);
    if (page === undefined) throw new HttpProblem('NOT_FOUND', 'There is no handler of this name.');
    return parkedEventPageDto(page);
  }

  @Post(':name/parked-events/:id/retries')
  @HttpCode(202)
  @ApiOperation({ summary: 'Retry a parked event at once, after earlier ones of the same key.' })
  @ApiParam(NAME)
  @ApiParam(ID)
  @ApiBody(NO_FIELDS)
  @ApiResponse({ status: 202, description: 'It will be tried within a second.' })
  @ApiProblems('NOT_FOUND')
  async retry(
    @Body() _nothing: Nothing,
    @Param('name') name: string,
    @Param('id') id: string,
  ): Promise<void> {
    if (!(await this.interventions.retry(name, id))) throw notParked();
  }

  @Delete(':name/parked-events/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Drop a parked event. The handler goes on with the next one of its key.' })
  @ApiParam(NAME)
  @ApiParam(ID)
  @ApiResponse({ status: 204, description: 'The handler will never see it.' })
  @ApiProblems('NOT_FOUND')
  async drop(@Param('name') name: string, @Param('id') id: string): Promise<void> {
    if (!(await this.interventions.drop(name, id))) throw notParked();
  }
}

function notParked(): HttpProblem {
  return new HttpProblem('NOT_FOUND', 'Nothing of this id is parked there.');
}
