import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { DomainError } from '../../kernel/domain-error.js';
import { MessageIdentity, withMessageContext } from '../../runtime/message-context.js';
import { newId } from '../../runtime/new-id.js';
import type { EventStore } from '../../store/event-store.js';
import type { Cases } from './contract-case.js';
import { add, Added, dataOf, Emptied, otherSum, sum } from './contract-domain.js';

/** How an event store makes decisions. */
export const decisionCases: Cases = {
  'loads what was stored before, also at a version or time of the past': async (subject) => {
    const { store } = subject;
    const id = newId();
    deepEqual((await store.load(sum, id)).version, 0);
    for (const amount of [1, 2, 3]) await add(subject, id, amount);
    const present = await store.load(sum, id);
    deepEqual([present.version, present.state], [3, { total: 6, events: 3 }]);
    deepEqual((await store.load(sum, id, { version: 2 })).state.total, 3);
    ok(present.occurredAt);
    deepEqual(await store.load(sum, id, { time: present.occurredAt }), present);
    equal((await store.load(sum, id, { time: new Date(0) })).version, 0);
    deepEqual(await store.loadCached(sum, [id]), [present]);
  },

  'stores the events of a decision on several streams together': async (subject) => {
    const [from, to] = [newId(), newId()];
    await add(subject, from, 5);
    const move = (): Promise<void> =>
      subject.store.transact((tx) => {
        const { state } = tx.load(sum, from);
        tx.load(sum, to);
        if (state.total === 0) throw new DomainError('EMPTY', 'There is nothing to move.');
        tx.append(sum, from, [new Emptied({ reason: 'moved' })]);
        tx.append(sum, to, [new Added({ amount: state.total })]);
      });
    await move();
    await rejects(move(), { name: 'DomainError', code: 'EMPTY' });
    deepEqual(
      (await subject.store.loadCached(sum, [from, to])).map(({ state }) => state.total),
      [0, 5],
    );
  },

  'keeps streams of different categories apart': async (subject) => {
    const id = newId();
    await add(subject, id, 2);
    await subject.store.transact((tx) => {
      tx.create(otherSum, id);
      tx.append(otherSum, id, [new Added({ amount: 7 })]);
    });
    equal((await subject.store.load(sum, id)).state.total, 2);
    equal((await subject.store.load(otherSum, id)).state.total, 7);
    await rejects(subject.store.load({ ...sum, category: 'with-hyphen' }, id), /hyphen/);
  },

  'gives every decision on a busy stream its turn': async (subject) => {
    const id = newId();
    const totals = await Promise.all(Array.from({ length: 50 }, () => add(subject, id)));
    deepEqual(
      totals.sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    equal((await dataOf(subject, `${sum.category}-${id}`)).length, 50);
  },

  'never lets a decision act on a stream that has moved on since it read it': async (subject) => {
    const [limit, id] = [newId(), newId()];
    await add(subject, limit, 3);
    const addWithinLimit = (): Promise<boolean> =>
      subject.store.transact((tx) => {
        const most = tx.read(sum, limit).state.total;
        if (tx.load(sum, id).state.total >= most) return false;
        tx.append(sum, id, [new Added({ amount: 1 })]);
        return true;
      });
    const results = await Promise.all(Array.from({ length: 10 }, addWithinLimit));
    equal(results.filter(Boolean).length, 3);
    equal((await subject.store.load(sum, id)).state.total, 3);
  },

  'runs a message that comes again once, and answers with its first outcome': async (subject) => {
    const [id, message] = [newId(), newId()];
    const send = sender(subject.store, id);
    deepEqual(await Promise.all([send(message), send(message), send(message)]), [1, 1, 1]);
    await add(subject, id, 5);
    equal(await send(message), 1);
    await rejects(send(message, 'another request'), { code: 'IDEMPOTENCY_KEY_REUSED' });
    equal(await send(newId()), 7);
    equal((await subject.store.load(sum, id)).version, 3);
  },

  'finds an outcome that no event records once': async (subject) => {
    const message = newId();
    let found = 0;
    const find = (): Promise<number> =>
      withMessageContext(contextOf(new MessageIdentity(message, 'find')), () =>
        subject.store.firstOutcomeOf(() => (found += 1)),
      );
    deepEqual([await find(), await find()], [1, 1]);
  },

  'tells the position up to which a query has to wait': async (subject) => {
    const id = newId();
    const { value, position } = await subject.store.transactWithPosition((tx) => {
      tx.load(sum, id);
      return tx.append(sum, id, [new Added({ amount: 1 })]).version;
    });
    const [recorded] = await subject.log.readStream(`${sum.category}-${id}`);
    deepEqual([value, position], [1, recorded?.position]);
  },

  'refuses effects within a decision': async (subject) => {
    await rejects(
      subject.store.transact((tx) => {
        throws(() => subject.store.transact(() => 1));
        return tx.now;
      }),
      /within a decision/,
    );
  },
};

function contextOf(identity: MessageIdentity) {
  return { correlationId: 'contract', causationId: 'contract', actor: { type: 'guest', id: null }, identity };
}

/** Adds 1 to a sum by a message with an identity. */
function sender(store: EventStore, id: string): (message: string, fingerprint?: string) => Promise<number> {
  return (message, fingerprint = 'add') =>
    withMessageContext(contextOf(new MessageIdentity(message, fingerprint)), () => add({ store }, id));
}
