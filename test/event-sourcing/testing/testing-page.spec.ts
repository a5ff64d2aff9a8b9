import { readFileSync } from 'node:fs';
import { CommandHandler, EventsHandler, Saga } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { filter, map, type Observable } from 'rxjs';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  DomainError,
  dueCommand,
  event,
  EventStore,
  LiveViews,
  Projection,
  recordOf,
  streamId,
  type Decider,
  type RecordedEvent,
  type Transaction,
} from '../../../src/event-sourcing/index.js';
import {
  DurableCqrsTesting,
  DurableCqrsTestingModule,
  eventsOf,
  given,
  InMemory,
  inMemorySubject,
  recorded,
  storeContract as wholeContract,
} from '../../../src/event-sourcing/testing/index.js';

class Joined extends event('course.joined')<{ studentId: string }>() {}
class Reminded extends event('course.reminded')<{ text: string }>() {}
class PlacesSet extends event('room.places-set')<{ places: number }>() {}

const course: Decider<{ readonly students: number }, Joined | Reminded> = {
  category: 'course',
  initialState: { students: 0 },
  evolve: (state, { type }) => (type === 'course.joined' ? { students: state.students + 1 } : state),
};

const room: Decider<{ readonly places: number }, PlacesSet> = {
  category: 'room',
  initialState: { places: 0 },
  evolve: (_, { places }) => ({ places }),
};

const join = (studentId: string) => (state: { readonly students: number }) => {
  if (state.students >= 2) throw new DomainError('FULL', 'The course is full.', { places: 2 });
  return [new Joined({ studentId })];
};

const joinIfThereIsRoom = (courseId: string, roomId: string) => (tx: Transaction) => {
  const { places } = tx.read(room, roomId).state;
  if (tx.load(course, courseId).state.students >= places) throw new DomainError('FULL', 'The room is full.');
  tx.append(course, courseId, [new Joined({ studentId: 'ada' })]);
};

@Entity()
class CourseSize {
  @PrimaryColumn('text')
  readonly id!: string;

  @Column('integer')
  readonly students!: number;
}

@EventsHandler(Joined)
@Projection({ name: 'course sizes', view: CourseSize })
class CourseSizes {
  evolve(row: CourseSize | undefined, { stream }: RecordedEvent<Joined>): CourseSize {
    return { id: streamId(stream), students: (row?.students ?? 0) + 1 };
  }
}

class Remind {
  constructor(readonly courseId: string) {}
}

@CommandHandler(Remind)
class RemindHandler {
  constructor(private readonly store: EventStore) {}

  async execute({ courseId }: Remind): Promise<void> {
    await this.store.transact((tx) => {
      tx.load(course, courseId);
      tx.append(course, courseId, [new Reminded({ text: 'It begins tomorrow.' })]);
    });
  }
}

const DAY = 86_400_000;

class Reminders {
  @Saga()
  readonly remind = (events: Observable<object>) =>
    events.pipe(
      filter((joined) => joined instanceof Joined),
      map((joined) => {
        const { stream, occurredAt } = recordOf(joined);
        const at = new Date(occurredAt.getTime() + DAY);
        return dueCommand(new Remind(streamId(stream)), { at, id: `remind ${stream}`, keep: true });
      }),
    );
}

// The page: each of its examples is here, word for word.

it('decides on one stream', () => {
  given(course, new Joined({ studentId: 'bob' }))
    .when(join('ada'))
    .then(new Joined({ studentId: 'ada' }));
  given(course, new Joined({ studentId: 'bob' }), new Joined({ studentId: 'eve' }))
    .when(join('ada'))
    .thenRefused('FULL', { places: 2 });
});

it('decides on several streams', () => {
  given(eventsOf(room, 'r1', new PlacesSet({ places: 1 })))
    .when(joinIfThereIsRoom('c1', 'r1'))
    .then(eventsOf(course, 'c1', new Joined({ studentId: 'ada' })));
});

it('has rows of a projection', () => {
  const rows = given(eventsOf(course, 'c1', new Joined({ studentId: 'ada' }))).project(new CourseSizes());
  expect(rows.get('c1')).toEqual({ id: 'c1', students: 1 });
});

it('has what a saga yields', async () => {
  const joined = eventsOf(course, 'c1', new Joined({ studentId: 'ada' }));
  expect(await given(joined).saga(new Reminders().remind)).toEqual([
    dueCommand(new Remind('c1'), { at: new Date('2030-01-02'), id: 'remind course-c1', keep: true }),
  ]);
});

it('makes records', () => {
  const late = recorded(new Joined({ studentId: 'ada' }), {
    stream: 'course-c1',
    version: 7,
    occurredAt: new Date('2030-05-06'),
  });
  expect(given(late).project(new CourseSizes()).get('c1')?.students).toBe(1);
});

it('runs an application in memory', async () => {
  const module = await Test.createTestingModule({
    imports: [
      DurableCqrsTestingModule.forRoot({
        events: [Joined, Reminded, PlacesSet],
        commands: { 'course.remind': Remind },
      }),
    ],
    providers: [RemindHandler, Reminders, CourseSizes],
  }).compile();
  const app = await module.init();
  const testing = app.get(DurableCqrsTesting);

  await app.get(EventStore).transact((tx) => {
    tx.load(course, 'c1');
    tx.append(course, 'c1', [new Joined({ studentId: 'ada' })]);
  });
  expect(await app.get(LiveViews).of(CourseSizes).read('c1')).toEqual({ id: 'c1', students: 1 });

  await testing.settled();
  expect(testing.rows(CourseSizes).get('c1')).toEqual({ id: 'c1', students: 1 });

  await testing.advance(DAY);
  expect((await testing.events()).map(({ event }) => event.type)).toEqual([
    'course.joined',
    'course.reminded',
  ]);
  await app.close();
});

it('goes on after a restart', async () => {
  const memory = new InMemory(new Date('2030-01-01'));
  const start = () =>
    Test.createTestingModule({
      imports: [DurableCqrsTestingModule.forRoot({ memory, events: [Joined] })],
      providers: [CourseSizes],
    }).compile();
  const before = await (await start()).init();
  await before.close();
  const after = await (await start()).init();
  await after.close();
});

describe('a store of your own', () => {
  let subject: Awaited<ReturnType<typeof inMemorySubject>>;
  beforeAll(async () => {
    subject = await inMemorySubject();
  });
  afterAll(() => subject.close());
  const storeContract = wholeContract.slice(0, 3);

  for (const { name, run } of storeContract) it(name, () => run(subject));
});

it('is what the page says', () => {
  const plain = (code: string): string =>
    code
      .replaceAll(/from '[./]+src\/event-sourcing\/testing\/index\.js'/g, "from 'durable-cqrs/testing'")
      .replaceAll(/from '[./]+src\/event-sourcing\/index\.js'/g, "from 'durable-cqrs'")
      .replaceAll(/^ +/gm, '');
  const source = plain(readFileSync('test/event-sourcing/testing/testing-page.spec.ts', 'utf8'));
  const page = readFileSync('src/event-sourcing/docs/testing.md', 'utf8');
  const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => plain(code).trim());
  expect(examples.length).toBeGreaterThan(6);
  for (const example of examples) expect(source).toContain(example);
});
