import { setImmediate as turn } from 'node:timers/promises';
import { ReadWriteLock } from './read-write-lock.js';

/** Work that notes when it begins and ends, and lasts until it is let go. */
function gate(log: string[], name: string): { work: () => Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const work = async (): Promise<void> => {
    log.push(`${name} begins`);
    await opened;
    log.push(`${name} ends`);
  };
  return { work, open };
}

describe('ReadWriteLock', () => {
  let lock: ReadWriteLock;
  let log: string[];

  beforeEach(() => {
    lock = new ReadWriteLock();
    log = [];
  });

  it('lets readers in beside each other', async () => {
    const [a, b] = [gate(log, 'a'), gate(log, 'b')];
    const all = [lock.read(a.work), lock.read(b.work)];
    await turn();
    expect(log).toEqual(['a begins', 'b begins']);
    a.open();
    b.open();
    await Promise.all(all);
  });

  it('lets a writer in only after the readers, and further readers only after the writer', async () => {
    const [a, w, b] = [gate(log, 'a'), gate(log, 'w'), gate(log, 'b')];
    const all = [lock.read(a.work), lock.write(w.work), lock.read(b.work)];
    await turn();
    expect(log).toEqual(['a begins']);
    a.open();
    await turn();
    expect(log).toEqual(['a begins', 'a ends', 'w begins']);
    w.open();
    await turn();
    expect(log).toEqual(['a begins', 'a ends', 'w begins', 'w ends', 'b begins']);
    b.open();
    await Promise.all(all);
  });

  it('lets writers in one by one', async () => {
    const [v, w] = [gate(log, 'v'), gate(log, 'w')];
    const all = [lock.write(v.work), lock.write(w.work)];
    v.open();
    w.open();
    await Promise.all(all);
    expect(log).toEqual(['v begins', 'v ends', 'w begins', 'w ends']);
  });

  it('is free again after work that failed, and hands its error on', async () => {
    await expect(lock.write(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(lock.read(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(lock.write(() => Promise.resolve('in'))).resolves.toBe('in');
  });
});
