import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, TypeOrmHealthIndicator, type HealthCheckResult } from '@nestjs/terminus';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { COMMAND_DATA_SOURCE, DurableCqrsHealth, QUERY_DATA_SOURCE } from '../event-sourcing/index.js';
import { MayCall } from '../access/may-call.js';
import { ApiProblems } from '../http/openapi/problems.js';
import { ROLES, type Role } from './process-roles.js';

const PING_TIMEOUT_MS = 2_000;

const OK = { type: 'string' as const, enum: ['ok'] };
const PARTS = {
  type: 'object' as const,
  additionalProperties: { type: 'object' as const, additionalProperties: true },
};
const LIVE = { type: 'object' as const, required: ['status'], properties: { status: OK } };
const UP = {
  command: { status: 'up' },
  query: { status: 'up' },
  migrations: { status: 'up' },
  handlers: { status: 'up' },
};
const READY = {
  type: 'object' as const,
  required: ['status', 'details'],
  properties: { status: OK, info: PARTS, error: PARTS, details: PARTS },
  example: { status: 'ok', info: UP, error: {}, details: UP },
};

/** For load balancers and process supervisors. */
@ApiTags('Operations')
@MayCall('anybody')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly databases: TypeOrmHealthIndicator,
    private readonly durable: DurableCqrsHealth,
    @InjectDataSource(COMMAND_DATA_SOURCE) private readonly command: DataSource,
    @InjectDataSource(QUERY_DATA_SOURCE) private readonly query: DataSource,
    @Inject(ROLES) private readonly roles: readonly Role[],
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Is the process alive? If not, restart it.' })
  @ApiOkResponse({ description: 'It is.', schema: { ...LIVE, example: { status: 'ok' } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Can it do its work? Checks the databases, their migrations, and the handlers of events.',
    description:
      'It checks what this process does (`ROLES`). A process that does not know all events of the log is not ready.',
  })
  @ApiOkResponse({ description: 'It can. `details` has every part by name.', schema: READY })
  @ApiProblems('OVERLOADED')
  async ready(): Promise<HealthCheckResult> {
    const { databases, command, query, durable } = this;
    const ping = (name: string, connection: DataSource) => () =>
      databases.pingCheck(name, { connection, timeout: PING_TIMEOUT_MS });
    // Stored commands and timers do not use the query database.
    const needsQuery = this.roles.includes('web') || this.roles.includes('handlers');
    return this.health.check([
      ping(COMMAND_DATA_SOURCE, command),
      ...(needsQuery ? [ping(QUERY_DATA_SOURCE, query)] : []),
      () =>
        durable.checkDatabases('migrations', {
          databases: needsQuery ? ['command', 'query'] : ['command'],
          timeoutMs: PING_TIMEOUT_MS,
        }),
      () => durable.checkHandlers('handlers'),
    ]);
  }
}
