import { expectProblem, useEdge } from './edge-harness.js';

const { call, logLines } = useEdge();

describe('failures', () => {
  it('answers a violated rule with its data, which cannot overwrite the standard members', async () => {
    const answer = await call('GET', '/v1/failures/domain');
    expectProblem(answer, 409, 'CART_CLOSED');
    expect(answer.json).toMatchObject({ cartId: 'c-1', type: 'urn:problem:cartwright:cart-closed' });
    expect(logLines).toEqual([]);
  });

  it.each(['crash', 'unlisted', 'text'])(
    'answers %s with no insides, and logs them under the trace id',
    async (kind) => {
      const answer = await call('GET', `/v1/failures/${kind}`);
      expectProblem(answer, 500, 'INTERNAL_ERROR');
      expect(answer.text).not.toMatch(/SELECT|Hidden|not even|\bat /);
      expect(logLines).toMatchObject([{ level: 50, traceId: answer.json['traceId'], msg: 'request failed' }]);
      expect(JSON.stringify(logLines[0])).toMatch(/SELECT secret|Hidden words|not even an error/);
    },
  );

  it('cuts off an answer that fails halfway', async () => {
    await expect(call('GET', '/v1/failures/half')).rejects.toThrow('terminated');
    expect(logLines).toMatchObject([{ level: 50, err: { message: 'after the first half' } }]);
  });

  it('says when to try again', async () => {
    const answer = await call('GET', '/v1/failures/overloaded');
    expectProblem(answer, 503, 'OVERLOADED');
    expect(answer.headers.get('retry-after')).toBe('3');
  });

  it('keeps the details of an HTTP exception', async () => {
    expectProblem(await call('GET', '/v1/failures/teapot'), 418, 'I_M_A_TEAPOT');
    const unready = await call('GET', '/v1/failures/unready');
    expectProblem(unready, 503, 'OVERLOADED');
    expect(unready.json['details']).toEqual({ database: { status: 'down' } });
  });
});
