import 'reflect-metadata';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  ImATeapotException,
  Logger as NestLog,
  Module,
  Param,
  Patch,
  Post,
  Query,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { DomainError } from '../../src/event-sourcing/index.js';
// One route answers with a code of the carts.
import '../../src/cart/http/cart.problems.js';
import { createHttpAdapter, type HttpAdapterOptions } from '../../src/http/server/http-adapter.js';
import { configureHttp } from '../../src/http/server/http-application.js';
import { NestLogger } from '../../src/http/server/logging.js';
import { HttpProblem } from '../../src/http/problems/problem.js';
import { HttpRoute } from '../../src/http/server/route-options.js';
import { Nothing } from '../../src/http/validation/validation.js';
import { FindThingsDto, ImportDto, PartsDto, ThingDto } from './edge-dtos.js';

@Controller('things')
class ThingsController {
  @Get()
  list(@Query() query: FindThingsDto) {
    return { limit: query.limit, cursor: query.cursor };
  }

  @Post()
  add(@Body() thing: ThingDto) {
    return thing;
  }

  @Post('imports')
  @HttpRoute({ bodyLimit: 2 * 1024 * 1024 })
  import(@Body() body: ImportDto) {
    return { imported: body.things.length, kinds: body.things[0]?.constructor.name };
  }

  @Get(':thingId')
  find(@Param('thingId') thingId: string) {
    return { thingId };
  }

  @Delete(':thingId')
  @HttpCode(204)
  remove(@Body() body: Nothing): Nothing {
    return body;
  }

  @Patch(':thingId/parts')
  parts(@Body() body: PartsDto) {
    return { parts: body.operations.map((operation) => operation.constructor.name) };
  }
}

@Controller('failures')
class FailuresController {
  @Get('domain')
  domain() {
    throw new DomainError('CART_CLOSED', 'The cart is merged.', { cartId: 'c-1', status: 'mine' });
  }

  @Get('unlisted')
  unlisted() {
    throw new DomainError('NOBODY_LISTED_THIS', 'Hidden words.');
  }

  @Get('crash')
  async crash(): Promise<never> {
    await Promise.resolve();
    throw new Error('SELECT secret FROM insides');
  }

  @Get('overloaded')
  overloaded() {
    throw new HttpProblem('OVERLOADED', 'Too many commands are waiting.', { data: { retryAfter: 2.2 } });
  }

  @Get('teapot')
  teapot() {
    throw new ImATeapotException('Short and stout.');
  }

  @Get('unready')
  unready() {
    throw new ServiceUnavailableException({ status: 'error', details: { database: { status: 'down' } } });
  }

  @Get('half')
  async half(@Res() reply: FastifyReply): Promise<never> {
    reply.raw.writeHead(200, { 'content-length': 100 });
    // The first half has to be out, or there is nothing to cut off.
    await new Promise((resolve) => reply.raw.write('half', resolve));
    throw new Error('after the first half');
  }

  @Get('unfinished')
  unfinished(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-length': 100 });
    reply.raw.write('half');
  }

  @Get('text')
  text() {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a library may do
    throw 'not even an error';
  }
}

@Controller()
class PlainController {
  @Get('health/live')
  live() {
    return { status: 'ok' };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  metrics() {
    return 'up 1\n';
  }

  @Get('ticker')
  @HttpRoute({ produces: 'text/event-stream' })
  @Header('content-type', 'text/event-stream')
  ticker() {
    return 'data: 1\n\n';
  }
}

@Module({ controllers: [ThingsController, FailuresController, PlainController] })
class EdgeModule {}

/** @returns a throw-away application behind the edge of the service, not listening yet */
export async function createEdgeApp(
  logger: Logger,
  options: Omit<HttpAdapterOptions, 'logger'> = {},
): Promise<NestFastifyApplication> {
  NestLog.overrideLogger(new NestLogger(logger));
  const app = await NestFactory.create<NestFastifyApplication>(
    EdgeModule,
    createHttpAdapter({ logger, ...options }),
  );
  configureHttp(app, { logger });
  return app;
}
