import type { BenchContext } from '../support/bench.js';
import { BenchProcess } from './child-process.js';
import type { ServerQuestion, Settled } from './http-server.js';
import { withConnections, type HttpConnection } from './http-connection.js';
import { importProducts, JWT_SECRET } from './shop.js';

/** Processor seconds of the service and of its database so far. */
export interface ServiceCpu {
  readonly node: number;
  readonly postgres: number | undefined;
}

/** The running service, in a process of its own. */
export class BenchService {
  private constructor(
    private readonly child: BenchProcess,
    private readonly context: BenchContext,
    readonly origin: string,
    /** URLs of its databases. */
    readonly databases: { readonly command: string; readonly query: string },
  ) {}

  /** Lends a service with two databases of its own and a full catalogue to `work`. */
  static async lend<T>(context: BenchContext, work: (service: BenchService) => Promise<T>): Promise<T> {
    const { server, signal } = context;
    const databases = {
      command: await server.createDatabase('command'),
      query: await server.createDatabase('query'),
    };
    const env = {
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
      AUTH_JWT_SECRET: JWT_SECRET,
      AUTH_JWKS_URL: '',
      AUTH_ISSUER: '',
      AUTH_AUDIENCE: '',
      CART_TOKEN_SECRETS: 'a secret of the benches for the tokens of carts',
      COMMAND_DATABASE_URL: databases.command,
      QUERY_DATABASE_URL: databases.query,
    };
    const child = BenchProcess.start(new URL('http-server.ts', import.meta.url), env, signal);
    try {
      const origin = await child.ask<string>('origin' satisfies ServerQuestion);
      const service = new BenchService(child, context, origin, databases);
      await service.withConnections(1, async (connections) => {
        for (const connection of connections) await importProducts(connection);
      });
      return await work(service);
    } finally {
      await child.stop();
    }
  }

  withConnections<T>(
    count: number,
    work: (connections: readonly HttpConnection[]) => Promise<T>,
  ): Promise<T> {
    return withConnections(this.origin, count, work);
  }

  /** Waits until all views are at the end of the log; resolves to how many events they were behind. */
  async settle(): Promise<number> {
    return (await this.child.ask<Settled>('settle' satisfies ServerQuestion)).behind;
  }

  async cpu(): Promise<ServiceCpu> {
    return {
      node: await this.child.ask<number>('cpu' satisfies ServerQuestion),
      postgres: await this.context.server.cpuSeconds(),
    };
  }

  /** Samples what the service does during `work`; resolves to the profile, as DevTools read it. */
  async profiling(work: () => Promise<unknown>): Promise<string> {
    await this.child.ask('profile' satisfies ServerQuestion);
    await work();
    return this.child.ask<string>('profiled' satisfies ServerQuestion);
  }
}
