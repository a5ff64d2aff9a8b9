import { deepEqual, equal } from 'node:assert/strict';
import { EventsHandler } from '@nestjs/cqrs';
import { recordOf } from '../../kernel/record-of.js';
import { DurableHandler } from '../../runner/durable-handler.js';
import { SubscriptionAdmin } from '../../runner/subscription-admin.js';
import { newId } from '../../runtime/new-id.js';
import { EventStore } from '../../store/event-store.js';
import type { StartAt } from '../../subscriptions/subscription-options.js';
import type { Cases, RunningApp, StoreSubject } from './contract-case.js';
import { add, Added, additions, append, newStream, sum, write } from './contract-domain.js';

/** Two attempts, at once. */
const TWICE = { attempts: 2, firstPauseMs: 10 };

/** How handlers get events. */
export const deliveryCases: Cases = {
  'brings each event to a handler once, in the order of the log': async (subject) => {
    const { recorder, app } = await started(subject);
    const streams = [newStream(), newStream(), newStream()];
    for (const version of [0, 1, 2])
      await Promise.all(streams.map((stream) => append(subject, [write(stream, version)])));
    await app.settled();
    const positions = recorder.positions(streams);
    equal(positions.length, 9);
    deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
    );
  },

  'begins a new handler at the head, or at the first event': async (subject) => {
    const stream = newStream();
    await append(subject, [write(stream, 0)]);
    const head = await started(subject, 'head');
    const beginning = await started(subject, 'beginning');
    await append(subject, [write(stream, 1)]);
    await Promise.all([head.app.settled(), beginning.app.settled()]);
    deepEqual(head.recorder.versions(stream), [2]);
    deepEqual(beginning.recorder.versions(stream), [1, 2]);
  },

  'goes on after a restart where it was': async (subject) => {
    const stream = newStream();
    const first = await started(subject);
    await append(subject, [write(stream, 0)]);
    await first.app.settled();
    await first.app.close();
    await append(subject, [write(stream, 1)]);
    const second = await started(subject, 'head', first.name);
    await second.app.settled();
    deepEqual([first.recorder.versions(stream), second.recorder.versions(stream)], [[1], [2]]);
  },

  'delivers an event again that failed, before later events of its stream, and holds up no other': async (
    subject,
  ) => {
    const [failing, other] = [newStream(), newStream()];
    const { recorder, app } = await started(subject);
    recorder.failuresOf.set(failing, 1);
    await append(subject, [write(failing, 0, additions(2)), write(other, 0, additions(2))]);
    await app.settled();
    deepEqual(
      [recorder.versions(failing), recorder.versions(other)],
      [
        [1, 2],
        [1, 2],
      ],
    );
    equal(recorder.failuresOf.get(failing), 0);
  },

  'parks an event that fails each time, with later events of its stream, until somebody retries it': async (
    subject,
  ) => {
    const [failing, other] = [newStream(), newStream()];
    const { recorder, app, name } = await started(subject);
    recorder.failuresOf.set(failing, 2);
    await append(subject, [write(failing, 0, additions(2)), write(other, 0)]);
    await app.settled();
    deepEqual([recorder.versions(failing), recorder.versions(other)], [[], [1]]);
    const admin = app.get(SubscriptionAdmin);
    const items = (await admin.parked(name))?.items ?? [];
    deepEqual(
      items.map(({ stream, attempts, retryAt }) => [stream, attempts, retryAt]),
      [
        [failing, 2, null],
        [failing, 0, null],
      ],
    );
    equal(await admin.retry(name, newId()), false);
    equal(await admin.retry(name, items[1]?.id ?? ''), true);
    await app.settled();
    deepEqual(recorder.versions(failing), [1, 2]);
    deepEqual((await admin.parked(name))?.items, []);
  },

  'goes on behind a parked event that is dropped': async (subject) => {
    const failing = newStream();
    const { recorder, app, name } = await started(subject);
    recorder.failuresOf.set(failing, 2);
    await append(subject, [write(failing, 0, additions(3))]);
    await app.settled();
    const admin = app.get(SubscriptionAdmin);
    const [first] = (await admin.parked(name))?.items ?? [];
    equal(await admin.drop(name, first?.id ?? ''), true);
    await app.settled();
    deepEqual(recorder.versions(failing), [2, 3]);
  },

  'lets the decisions of a handler take effect once, though it is called again': async (subject) => {
    const [stream, copy] = [newStream(), newId()];
    const { recorder, app } = await started(subject);
    recorder.failuresOf.set(stream, 1);
    const store = app.get(EventStore);
    recorder.before = async (recorded) => {
      if (recorded === stream) await add({ store }, copy);
    };
    await append(subject, [write(stream, 0)]);
    await app.settled();
    equal((await subject.store.load(sum, copy)).version, 1);
    deepEqual(recorder.versions(stream), [1]);
  },
};

/** Starts a recorder of all additions. */
async function started(
  subject: StoreSubject,
  startAt: StartAt = 'head',
  name = `contract ${newId()}`,
): Promise<{ readonly recorder: Recorder; readonly app: RunningApp; readonly name: string }> {
  class Named extends Recorder {}
  EventsHandler(Added)(Named);
  DurableHandler({ name, startAt })(Named);
  const recorder = new Named();
  const app = await subject.start({ providers: [{ provide: Named, useValue: recorder }], retry: TWICE });
  return { recorder, app, name };
}

/** Notes the events that it gets, and fails where it is told to. */
class Recorder {
  /** How often it still fails, by stream. */
  readonly failuresOf = new Map<string, number>();
  /** Called before each event is noted, or fails. */
  before: (stream: string) => Promise<void> = () => Promise.resolve();
  private readonly got: { readonly stream: string; readonly version: number; readonly position: number }[] =
    [];

  async handle(event: Added): Promise<void> {
    const { stream, version, position } = recordOf(event);
    await this.before(stream);
    const failures = this.failuresOf.get(stream) ?? 0;
    this.failuresOf.set(stream, Math.max(failures - 1, 0));
    if (failures > 0) throw new Error('The contract wants this handler to fail.');
    this.got.push({ stream, version, position });
  }

  versions(stream: string): number[] {
    return this.got.filter((one) => one.stream === stream).map(({ version }) => version);
  }

  positions(streams: readonly string[]): number[] {
    return this.got.filter(({ stream }) => streams.includes(stream)).map(({ position }) => position);
  }
}
