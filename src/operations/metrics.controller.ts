import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MayCall } from '../access/may-call.js';
import { NOT_STORED } from '../http/openapi/headers.js';
import { HttpRoute } from '../http/server/route-options.js';
import { Metrics } from './metrics.js';
import { EXAMPLES } from './operations.examples.js';

const MEDIA_TYPE = 'text/plain';

/** For Prometheus. */
@ApiTags('Operations')
@MayCall('anybody')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @HttpRoute({ produces: MEDIA_TYPE })
  @ApiOperation({ summary: 'Read the metrics of this process, in the text format of Prometheus.' })
  @ApiResponse({
    status: 200,
    description: 'All metrics.',
    headers: NOT_STORED,
    content: { [MEDIA_TYPE]: { schema: { type: 'string' }, example: EXAMPLES.metrics } },
  })
  async get(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.metrics.registry.metrics();
    reply.header('content-type', this.metrics.registry.contentType).header('cache-control', 'no-store');
    return text;
  }
}
