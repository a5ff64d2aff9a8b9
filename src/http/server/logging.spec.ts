import { createLogger, NestLogger } from './logging.js';

function capture(level: 'info' | 'trace' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: createLogger(level, { destination: { write }, secretHeaders: ['x-cart-token'] }), lines };
}

describe('the logger', () => {
  it('hides credentials wherever request headers are logged', () => {
    const { logger, lines } = capture();
    const headers = {
      authorization: 'Bearer s3cret',
      'x-cart-token': 's3cret',
      cookie: 's3cret',
      host: 'shop',
    };
    logger.info({ headers, req: { headers }, request: { headers } }, 'a request');
    expect(JSON.stringify(lines)).not.toContain('s3cret');
    expect(lines).toMatchObject([{ headers: { host: 'shop' }, msg: 'a request' }]);
  });
});

describe("Nest's logger", () => {
  it('keeps the level, the class that logs and the stack', () => {
    const { logger, lines } = capture();
    const nest = new NestLogger(logger);
    nest.warn('careful', 'Cart');
    nest.error(new Error('broken'), undefined, 'Cart');
    nest.error('broken', 'Error: broken\n    at x', 'Cart');
    nest.log({ some: 'object' }, 'Cart');
    expect(lines).toMatchObject([
      { level: 40, context: 'Cart', msg: 'careful' },
      { level: 50, context: 'Cart', msg: 'broken', err: { message: 'broken' } },
      { level: 50, context: 'Cart', msg: 'broken', details: ['Error: broken\n    at x'] },
      { level: 30, context: 'Cart', message: { some: 'object' } },
    ]);
  });

  it('logs the routes that Nest maps at the start only at level debug', () => {
    const { logger, lines } = capture();
    new NestLogger(logger).log('Mapped {/v1/carts, GET} route', 'RouterExplorer');
    expect(lines).toEqual([]);
    const debugging = capture('trace');
    new NestLogger(debugging.logger).log('Mapped {/v1/carts, GET} route', 'RouterExplorer');
    expect(debugging.lines).toHaveLength(1);
  });
});
