import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { bankModule, Bank, type BankDatabases, type BankOptions } from '../../bank/bank-app.js';

/**
 * `@nestjs/platform-express` under another name, which the compiler does not look up: its types would make the copy of
 * Nest in `bench/peers/` another Nest.
 */
const EXPRESS = ['nest', 'express'].join('-');

/** The HTTP adapters of Nest. */
export const ADAPTERS = {
  Express: async (): Promise<AbstractHttpAdapter> => {
    const { ExpressAdapter } = (await import(EXPRESS)) as { ExpressAdapter: new () => AbstractHttpAdapter };
    return new ExpressAdapter();
  },
  Fastify: (): Promise<AbstractHttpAdapter> => Promise.resolve(new FastifyAdapter()),
};

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The bank with an HTTP server on a free loopback port. */
export interface BankServer {
  readonly bank: Bank;
  request(method: string, path: string, headers?: Record<string, string>): Promise<Answer>;
}

@Module({})
class ServerModule {}

/** @param more what the root module has beside the bank */
export async function startBankServer(
  databases: BankDatabases,
  options: BankOptions,
  more: ModuleMetadata,
  adapter: keyof typeof ADAPTERS = 'Fastify',
): Promise<BankServer> {
  const root: DynamicModule = {
    module: ServerModule,
    ...more,
    imports: [bankModule(databases, options), ...(more.imports ?? [])],
  };
  const app = await NestFactory.create(root, await ADAPTERS[adapter](), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  return {
    bank: new Bank(app),
    async request(method, path, headers = {}) {
      const response = await fetch(`${origin}${path}`, { method, headers });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      const body: unknown = isJson ? JSON.parse(text) : text;
      return { status: response.status, headers: response.headers, body };
    },
  };
}
