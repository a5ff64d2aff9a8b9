import { Body, Controller, Get, Logger, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiResponse, type OpenAPIObject } from '@nestjs/swagger';
import { createHttpAdapter } from '../server/http-adapter.js';
import { configureHttp } from '../server/http-application.js';
import { createLogger } from '../server/logging.js';
import { MoneyDto } from '../validation/money.dto.js';
import { registerProblems, type ProblemCode } from '../problems/problem-codes.js';
import { ApiProblems } from './problems.js';
import { createOpenApiDocument, describeRoutes, type ApiDescription } from './document.js';
import { withoutReferences } from './testing/without-references.js';

registerProblems({
  WALLET_NOT_FOUND: { status: 404, title: 'Wallet not found' },
  COIN_NOT_FOUND: { status: 404, title: 'Coin not found' },
  WALLET_BEHIND: { status: 503, title: 'Not up to date yet', retryAfter: 1 },
});
/** Features declare their codes; these exist in this spec only. */
const known = (code: string) => code as ProblemCode;

@ApiProblems(known('WALLET_NOT_FOUND'))
@Controller('wallets')
class WalletController {
  @Get(':walletId')
  @ApiProblems(known('COIN_NOT_FOUND'), known('WALLET_BEHIND'))
  @ApiResponse({ status: 503, description: 'Not yet.' })
  find(@Param('walletId') walletId: string) {
    return { walletId };
  }

  @Post()
  pay(@Body() money: MoneyDto) {
    return money;
  }
}

@Controller('health')
class HealthController {
  @Get('live')
  live() {
    return { status: 'ok' };
  }
}

@Module({ controllers: [WalletController, HealthController] })
class WalletModule {}

const DESCRIPTION: ApiDescription = {
  about: 'Wallets.',
  tags: [],
  securitySchemes: {},
  describers: [],
};

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

let app: NestFastifyApplication;
let document: OpenAPIObject;

/** The codes an operation lists, by status. */
function codesOf(operation: Operation | undefined): Record<string, string[]> {
  const entries = Object.entries(operation?.responses ?? {}).map(([status, response]) => {
    const content = response !== undefined && 'content' in response ? response.content : undefined;
    return [status, Object.keys(content?.['application/problem+json']?.examples ?? {})] as const;
  });
  return Object.fromEntries(entries.filter(([, codes]) => codes.length > 0));
}

beforeAll(async () => {
  const logger = createLogger('silent');
  Logger.overrideLogger(false);
  app = await NestFactory.create<NestFastifyApplication>(WalletModule, createHttpAdapter({ logger }));
  configureHttp(app, { logger });
  await app.init();
  document = describeRoutes(app, DESCRIPTION);
});

afterAll(() => app.close());

describe('the OpenAPI document', () => {
  it('lists the problems of the controller, of the operation and of every operation', () => {
    expect(codesOf(document.paths['/v1/wallets/{walletId}']?.get)).toEqual({
      400: ['VALIDATION_FAILED', 'INVALID_HEADER'],
      401: ['UNAUTHENTICATED'],
      404: ['NOT_FOUND', 'WALLET_NOT_FOUND', 'COIN_NOT_FOUND'],
      406: ['NOT_ACCEPTABLE'],
      408: ['REQUEST_TIMEOUT'],
      429: ['RATE_LIMITED'],
      431: ['HEADERS_TOO_LARGE'],
      500: ['INTERNAL_ERROR'],
      503: ['OVERLOADED', 'WALLET_BEHIND'],
    });
    expect(codesOf(document.paths['/v1/wallets']?.post)).toMatchObject({
      400: ['MALFORMED_JSON', 'VALIDATION_FAILED', 'INVALID_IDEMPOTENCY_KEY', 'INVALID_HEADER'],
      422: ['IDEMPOTENCY_KEY_REUSED'],
      413: ['PAYLOAD_TOO_LARGE'],
      415: ['UNSUPPORTED_MEDIA_TYPE'],
    });
    expect(codesOf(document.paths['/health/live']?.get)).toEqual({
      400: ['VALIDATION_FAILED', 'INVALID_HEADER'],
      408: ['REQUEST_TIMEOUT'],
      431: ['HEADERS_TOO_LARGE'],
      500: ['INTERNAL_ERROR'],
      503: ['OVERLOADED'],
    });
  });

  it('documents the idempotency key of changes, and of no other operation', () => {
    const keyed = expect.objectContaining({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
    }) as object;
    const { '/v1/wallets': pay, '/v1/wallets/{walletId}': find } = document.paths;
    expect(pay?.post?.parameters).toContainEqual(keyed);
    expect(pay?.post?.responses['201']).toMatchObject({ headers: { 'Idempotent-Replayed': {} } });
    expect(find?.get?.parameters).not.toContainEqual(keyed);
  });

  it("keeps an operation's own description of a status", () => {
    const responses = document.paths['/v1/wallets/{walletId}']?.get?.responses;
    expect(responses?.['503']).toMatchObject({ description: 'Not yet.', headers: { 'Retry-After': {} } });
  });

  it('has an example of every problem, as it would be sent', () => {
    const codes = ['NOT_FOUND', 'WALLET_NOT_FOUND', 'COIN_NOT_FOUND'];
    const response = document.paths['/v1/wallets/{walletId}']?.get?.responses['404'];
    expect(response).toMatchObject({
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
          },
          examples: {
            WALLET_NOT_FOUND: { value: { code: 'WALLET_NOT_FOUND', status: 404, title: 'Wallet not found' } },
          },
        },
      },
    });
  });

  it('documents X-Request-Id of every answer, and the codes with Retry-After', () => {
    const responses = document.paths['/v1/wallets']?.post?.responses ?? {};
    expect(Object.keys(responses).length).toBeGreaterThan(8);
    for (const response of Object.values(responses)) {
      expect(response).toMatchObject({
        headers: { 'X-Request-Id': { required: true, schema: { type: 'string' } } },
      });
    }
    expect(responses['429']).toMatchObject({ headers: { 'Retry-After': { 'x-codes': ['RATE_LIMITED'] } } });
    expect(responses['400']).not.toMatchObject({ headers: { 'Retry-After': {} } });
  });

  it('is served with shared components and the same content', () => {
    const served = createOpenApiDocument(app, DESCRIPTION);
    expect(JSON.stringify(served).length).toBeLessThan(JSON.stringify(document).length);
    expect(withoutReferences(served)).toEqual(document);
  });

  it('closes the objects of requests', () => {
    expect(document.components?.schemas?.['MoneyDto']).toMatchObject({
      additionalProperties: false,
      properties: { amount: { minimum: 0, maximum: Number.MAX_SAFE_INTEGER } },
    });
    expect(document.components?.schemas?.['Currency']).toMatchObject({
      enum: expect.arrayContaining(['EUR']) as unknown,
    });
  });

  it('names its licence and its server, and contains no internal marks', () => {
    expect(JSON.stringify(document)).not.toContain('x-problem');
    expect(document.info.license?.name).toBe('MIT');
    expect(document.servers).toEqual([{ url: '/' }]);
  });
});
