import { Cleanup } from './cleanup.js';

describe('Cleanup', () => {
  it('takes its steps in reverse order, once, and goes on after one that fails', async () => {
    const taken: string[] = [];
    const broken = new Error('broken');
    const cleanup = new Cleanup();
    cleanup.add(() => Promise.resolve(taken.push('first')));
    cleanup.add(() => Promise.reject(broken));
    cleanup.add(() => Promise.resolve(taken.push('last')));

    expect(await cleanup.run()).toEqual([broken]);
    expect(await cleanup.run()).toEqual([]);
    expect(taken).toEqual(['last', 'first']);
  });

  it('takes a step before the end, once', async () => {
    const taken: string[] = [];
    const cleanup = new Cleanup();
    const take = cleanup.add(() => Promise.resolve(taken.push('early')));
    await take();
    await take();
    await cleanup.run();
    expect(taken).toEqual(['early']);
  });

  it('refuses steps after the end has begun', async () => {
    const cleanup = new Cleanup();
    await cleanup.run();
    expect(() => cleanup.add(() => Promise.resolve())).toThrow(/is ending/);
  });
});
