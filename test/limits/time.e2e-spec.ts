import { SseReader } from '../feed/sse-reader.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';
import { StuckLog } from './stuck-log.js';

const service = useService('time', { REQUEST_TIMEOUT: '2s' });

describe('an answer that takes longer than REQUEST_TIMEOUT', () => {
  it('is refused, though the change may still be made; a live stream goes on', async () => {
    const { shop, port } = service();
    await shop.stock('SLOW-1');
    const { id, version } = await shop.open();
    const stream = await SseReader.open(`http://127.0.0.1:${port}`, `/v1/events/stream?stream=cart-${id}`);
    const stuck = await StuckLog.at(service().commandDatabaseUrl);
    const answer = await shop.add(id, { sku: 'SLOW-1' });
    const { detail } = expectProblem(answer, '503 OVERLOADED');
    expect(detail).toMatch(/in time.* may or may not have been made/);
    expect(answer.headers['retry-after']).toBe('1');
    await stuck.letGo();
    const cart = await shop.cart(id, version + 1);
    expect(cart.items.map(({ sku, quantity }) => [sku, quantity])).toEqual([['SLOW-1', 1]]);
    expect(stream.hasEnded).toBe(false);
    stream.leave();
  });
});
