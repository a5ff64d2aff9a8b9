import type { BenchContext } from '../support/bench.js';
import { bigCart } from './big-cart.js';
import { BenchProcess } from './child-process.js';
import { lag } from './lag.js';
import { BenchService } from './service.js';
import { throughput } from './throughput.js';

/** What the service does over HTTP: adds a second, lag of the view, and how adds to a big cart compare. */
export async function httpBench(context: BenchContext): Promise<string> {
  const generator = BenchProcess.start(new URL('load-generator.ts', import.meta.url), {}, context.signal);
  try {
    return await BenchService.lend(context, async (service) => {
      const reports = [
        await throughput(context, service, generator),
        await lag(context, service, generator),
        await bigCart(context, service),
      ];
      return reports.join('\n\n');
    });
  } finally {
    await generator.stop();
  }
}
