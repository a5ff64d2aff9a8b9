import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { UnknownEventError } from '../../kernel/event-registry.js';
import { isEventIdTaken } from '../../postgres/database-errors.js';
import { newId } from '../../runtime/new-id.js';
import type { Cases } from './contract-case.js';
import {
  Added,
  additions,
  append,
  appendOf,
  dataOf,
  newStream,
  plain,
  Unregistered,
  write,
} from './contract-domain.js';

const CONFLICT = { status: 'conflict' };
const DAY = 86_400_000;

/** How a log stores appends. */
export const appendCases: Cases = {
  'stores events and tells their positions, which grow': async (subject) => {
    const stream = newStream();
    const first = await append(subject, [write(stream, 0, additions(3))]);
    const second = await append(subject, [write(stream, 3)]);
    ok(first.status === 'appended' && second.status === 'appended');
    const positions = [...(first.positions ?? []), ...(second.positions ?? [])];
    equal(positions.length, 4);
    deepEqual(
      positions,
      [...new Set(positions)].sort((a, b) => a - b),
    );
    const stored = await subject.log.readStream(stream);
    deepEqual(
      stored.map(({ position }) => position),
      positions,
    );
    deepEqual(
      stored.map(({ version }) => version),
      [1, 2, 3, 4],
    );
  },

  'refuses another version of the stream, and stores nothing': async (subject) => {
    const stream = newStream();
    deepEqual(await append(subject, [write(stream, 1)]), CONFLICT);
    await append(subject, [write(stream, 0, additions(2))]);
    for (const version of [0, 1, 3]) deepEqual(await append(subject, [write(stream, version)]), CONFLICT);
    equal(await subject.log.streamVersion(stream), 2);
  },

  'stores events for several streams, all or none': async (subject) => {
    const [one, other] = [newStream(), newStream()];
    equal((await append(subject, [write(one, 0), write(other, 0, additions(2))])).status, 'appended');
    deepEqual(await append(subject, [write(one, 1), write(other, 1)]), CONFLICT);
    equal(await subject.log.streamVersion(one), 1);
    equal(await subject.log.streamVersion(other), 2);
  },

  'stores only while streams that were only read are at their versions': async (subject) => {
    const [stream, seen] = [newStream(), newStream()];
    const at = (version: number) => [{ stream: seen, version }];
    equal((await append(subject, [write(stream, 0)], at(0))).status, 'appended');
    await append(subject, [write(seen, 0)]);
    deepEqual(await append(subject, [write(stream, 1)], at(0)), CONFLICT);
    deepEqual(await append(subject, [write(stream, 1)], at(2)), CONFLICT);
    equal((await append(subject, [write(stream, 1)], at(1))).status, 'appended');
  },

  'checks versions also for an append without events': async (subject) => {
    const stream = newStream();
    equal((await append(subject, [write(stream, 0, [])])).status, 'appended');
    deepEqual(await append(subject, [write(stream, 1, [])]), CONFLICT);
    equal(await subject.log.streamVersion(stream), 0);
  },

  'refuses events that occurred before the last event of the stream': async (subject) => {
    const stream = newStream();
    const now = new Date(Date.UTC(2031, 0, 1));
    await append(subject, [write(stream, 0, additions(1), now)]);
    const before = new Date(now.getTime() - 1);
    deepEqual(await append(subject, [write(stream, 1, additions(1), before)]), CONFLICT);
    equal((await append(subject, [write(stream, 1, additions(1), now)])).status, 'appended');
  },

  'stores an append that is sent twice once': async (subject) => {
    const sent = appendOf([write(newStream(), 0, additions(2))]);
    equal((await subject.log.append(sent).result).status, 'appended');
    equal((await subject.log.append(sent).result).status, 'appended');
    equal(await subject.log.streamVersion(sent.writes[0]?.stream ?? ''), 2);
  },

  'refuses the id of another event, and stores nothing': async (subject) => {
    const [first, second] = [write(newStream(), 0), write(newStream(), 0)];
    await append(subject, [first]);
    const taken = {
      ...second,
      events: second.events.map((one) => ({ ...one, id: first.events[0]?.id ?? '' })),
    };
    await rejects(append(subject, [taken]), isEventIdTaken);
    equal(await subject.log.streamVersion(second.stream), 0);
  },

  'remembers a command, and answers a repeat with its first outcome': async (subject) => {
    const stream = newStream();
    const command = { id: newId(), fingerprint: 'add', outcome: { total: 1, note: null } };
    const send = (version: number) =>
      subject.log.append({ ...appendOf([write(stream, version)]), command }).result;
    equal((await send(0)).status, 'appended');
    const repeated = { status: 'repeated', fingerprint: 'add', outcome: command.outcome };
    deepEqual(await send(1), repeated);
    deepEqual(await send(0), repeated);
    deepEqual(await subject.log.outcomeOf(command.id), repeated);
    equal(await subject.log.outcomeOf(newId()), undefined);
    equal(await subject.log.streamVersion(stream), 1);
  },

  'remembers no command that met a conflict': async (subject) => {
    const command = { id: newId(), fingerprint: 'add', outcome: 1 };
    deepEqual(await subject.log.append({ ...appendOf([write(newStream(), 5)]), command }).result, CONFLICT);
    equal(await subject.log.outcomeOf(command.id), undefined);
  },

  'stores one of many appends for the same version': async (subject) => {
    const stream = newStream();
    const results = await Promise.all(additions(50).map((one) => append(subject, [write(stream, 0, [one])])));
    equal(results.filter(({ status }) => status === 'appended').length, 1);
    equal(await subject.log.streamVersion(stream), 1);
  },

  'fails an append that builds on one that met a conflict': async (subject) => {
    const stream = newStream();
    const first = subject.log.append(appendOf([write(stream, 1)]));
    const second = subject.log.append(appendOf([write(stream, 2)]), [first]);
    deepEqual(await Promise.all([first.result, second.result]), [CONFLICT, CONFLICT]);
    const base = subject.log.append(appendOf([write(stream, 0)]));
    const next = subject.log.append(appendOf([write(stream, 1)]), [base]);
    const stored = await Promise.all([base.result, next.result]);
    ok(stored.every(({ status }) => status === 'appended'));
  },

  'refuses an event of an unregistered class, and stores the others that were sent with it': async (
    subject,
  ) => {
    const [stream, other] = [newStream(), newStream()];
    const refused = append(subject, [write(stream, 0, [new Unregistered({ amount: 1 })])]);
    const stored = append(subject, [write(other, 0)]);
    await rejects(refused, UnknownEventError);
    equal((await stored).status, 'appended');
    equal(await subject.log.streamVersion(stream), 0);
  },

  'refuses texts with NUL and half characters, and stores the others that were sent with them': async (
    subject,
  ) => {
    const other = newStream();
    const refused = ['\0', '\ud800'].map((note) =>
      append(subject, [write(newStream(), 0, [new Added({ amount: 1, note: `a ${note} b` })])]),
    );
    const escaped = new Added({ amount: 1, note: '\\u0000 is no NUL' });
    const stored = append(subject, [write(other, 0, [escaped])]);
    for (const one of refused) await rejects(one);
    equal((await stored).status, 'appended');
    deepEqual(await dataOf(subject, other), [plain(escaped)]);
  },

  'stores large batches whole and in order': async (subject) => {
    const stream = newStream();
    const all = additions(3_000);
    equal((await append(subject, [write(stream, 0, all)])).status, 'appended');
    deepEqual(await dataOf(subject, stream), all.map(plain));
    const streams = Array.from({ length: 1_000 }, newStream);
    const results = await Promise.all(streams.map((one) => append(subject, [write(one, 0)])));
    const positions = results.flatMap((one) => (one.status === 'appended' ? (one.positions ?? []) : []));
    equal(new Set(positions).size, 1_000);
  },

  'lets streams have times of their own': async (subject) => {
    const [late, early] = [newStream(), newStream()];
    const now = new Date(Date.UTC(2032, 0, 1));
    await append(subject, [write(late, 0, additions(1), now)]);
    const before = new Date(now.getTime() - DAY);
    equal((await append(subject, [write(early, 0, additions(1), before)])).status, 'appended');
    deepEqual((await subject.log.readStream(early))[0]?.occurredAt, before);
  },
};
