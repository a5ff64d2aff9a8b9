import { InMemory, inMemorySubject, storeContract } from '../../../src/event-sourcing/testing/index.js';
import type { MemoryLog } from '../../../src/event-sourcing/testing/in-memory/memory-log.js';

/** A store in memory that breaks a promise, and the cases of one part of the contract that notice. */
interface Broken {
  readonly fault: string;
  readonly part: string;
  readonly noticedBy: readonly string[];
  readonly spoil: (memory: InMemory) => void;
}

/** Replaces methods of a part of the store, also private ones. */
function replace<T extends object>(part: T, methods: Readonly<Record<string, unknown>>): void {
  Object.assign(part, methods);
}

/** Changes what the log is asked to store. */
function storing(log: MemoryLog, change: (...asked: Parameters<MemoryLog['store']>) => unknown): void {
  replace(log, { store: change });
}

const broken: readonly Broken[] = [
  {
    fault: 'does not compare versions and times',
    part: 'append',
    noticedBy: [
      'refuses another version of the stream, and stores nothing',
      'stores events for several streams, all or none',
      'stores only while streams that were only read are at their versions',
      'checks versions also for an append without events',
      'refuses events that occurred before the last event of the stream',
      'stores an append that is sent twice once',
      'remembers no command that met a conflict',
      'stores one of many appends for the same version',
      'fails an append that builds on one that met a conflict',
    ],
    spoil: ({ log }) => {
      replace(log, { holds: () => true });
    },
  },
  {
    fault: 'does not look at streams that were only read',
    part: 'append',
    noticedBy: ['stores only while streams that were only read are at their versions'],
    spoil: ({ log }) => {
      const store = log.store.bind(log);
      storing(log, (entries, registry) =>
        store(
          entries.map((entry) => ({ ...entry, append: { ...entry.append, conditions: [] } })),
          registry,
        ),
      );
    },
  },
  {
    fault: 'forgets the outcomes of commands',
    part: 'decisions',
    noticedBy: [
      'runs a message that comes again once, and answers with its first outcome',
      'finds an outcome that no event records once',
    ],
    spoil: ({ log }) => {
      replace(log, { outcomeOf: () => undefined });
    },
  },
  {
    fault: 'stores an append only in part',
    part: 'append',
    noticedBy: ['stores events for several streams, all or none'],
    spoil: ({ log }) => {
      const store = log.store.bind(log);
      storing(log, (entries, registry) =>
        store(
          entries.map(({ append: { writes, ...append }, ...entry }) => ({
            ...entry,
            append: { ...append, writes: writes.slice(0, 1) },
          })),
          registry,
        ),
      );
    },
  },
  {
    fault: 'reads the events of a stream backwards',
    part: 'reading',
    noticedBy: [
      'reads a stream from a version on, as far as it is asked',
      'reads several streams at once, each in order',
      'reads the log by position',
      'finds events by their positions and ids, in the order of the log',
      'knows the ends of streams, and their versions at a position',
    ],
    spoil: ({ log }) => {
      const stream = log.stream.bind(log);
      replace(log, { stream: (name: string) => [...stream(name)].reverse() });
    },
  },
  {
    fault: 'begins a handler anew at each start',
    part: 'deliveries',
    noticedBy: [
      'begins a new handler at the head, or at the first event',
      'goes on after a restart where it was',
    ],
    spoil: ({ checkpoints }) => {
      const acquire = checkpoints.acquire.bind(checkpoints);
      const anew: typeof acquire = async (name, ...lease) => {
        const found = checkpoints.byName.get(name);
        if (found) checkpoints.byName.set(name, { ...found, position: 0, eventId: null });
        return acquire(name, ...lease);
      };
      replace(checkpoints, { acquire: anew });
    },
  },
  {
    fault: 'lets events pass a parked one',
    part: 'deliveries',
    noticedBy: [
      'delivers an event again that failed, before later events of its stream, and holds up no other',
      'parks an event that fails each time, with later events of its stream, until somebody retries it',
      'goes on behind a parked event that is dropped',
      'lets the decisions of a handler take effect once, though it is called again',
    ],
    spoil: ({ checkpoints: { parked } }) => {
      replace(parked, { change: () => undefined });
    },
  },
  {
    fault: 'loses the rows of views',
    part: 'projections',
    noticedBy: [
      'shows a reader all that was stored before, and completes rows',
      'waits for the position of a command',
      'parks an event at which the projection fails, or whose row is refused, and goes on with other keys',
    ],
    spoil: (memory) => {
      replace(memory.rowsOf('contract totals'), { set: () => undefined });
    },
  },
  {
    fault: 'loses a command that failed',
    part: 'commands',
    noticedBy: [
      'retries a command that failed, and its decisions take effect once',
      'parks a command that fails each time, until somebody retries it',
    ],
    spoil: ({ commands }) => {
      const get = commands.get.bind(commands);
      replace(commands, {
        get: (id: string) => {
          const found = get(id);
          if (found) commands.finish([found]);
        },
      });
    },
  },
  {
    fault: 'does not cancel commands',
    part: 'commands',
    noticedBy: [
      'replaces and cancels the timers of a saga',
      'runs an enqueued command, unless it is replaced or cancelled before',
    ],
    spoil: ({ commands }) => {
      replace(commands, { cancel: () => false });
    },
  },
];

it.each(broken)('the contract notices a store that $fault', async ({ part, noticedBy, spoil }) => {
  const memory = new InMemory();
  spoil(memory);
  const subject = await inMemorySubject(memory);
  const failed: string[] = [];
  for (const { name, run } of storeContract.filter((one) => one.name.startsWith(`${part}: `)))
    await run(subject).catch(() => failed.push(name.slice(part.length + 2)));
  await subject.close();
  expect(failed).toEqual(noticedBy);
});
