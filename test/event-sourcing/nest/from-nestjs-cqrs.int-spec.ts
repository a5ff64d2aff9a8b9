import { readFile } from 'node:fs/promises';
import { Inject, Injectable, Logger, Module, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  AsyncContext,
  Command,
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventPublisher,
  EventsHandler,
  ofType,
  Query,
  QueryBus,
  QueryHandler,
  Saga,
  UnhandledExceptionBus,
  WithAggregateRoot,
  type IAggregateRoot,
  type ICommandHandler,
  type IQueryHandler,
  type UnhandledExceptionInfo,
} from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import { delay, map, scan, takeUntil, Subject, type Observable } from 'rxjs';
import {
  AggregateRepository,
  DurableCommandBus,
  MessageRequest,
  recordOf,
  withMessageContext,
} from '../../../src/event-sourcing/index.js';
import { eventually } from '../../support/eventually.js';
import {
  DragonKilled,
  Hero,
  heroEvents,
  Heroes,
  ItemFound,
  KillDragon,
  KillDragonHandler,
} from '../support/heroes.js';
import { LogDatabase } from '../support/log-database.js';
import { compileApp, type AppParts } from '../support/store-app.js';
import { CREATE_BALANCE } from '../support/views.js';

const PAGE = 'src/event-sourcing/docs/from-nestjs-cqrs.md';
const ADA = { type: 'customer', id: 'ada' };

/** A context of an application, as in the documentation of Nest. */
class UserRequest extends AsyncContext {
  constructor(readonly user: string) {
    super();
  }
}

class Ask {
  constructor(readonly about: string) {}
}
class Answer extends Command<{ answer: string }> {
  constructor(readonly about: string) {
    super();
  }
}
class GetHero extends Query<Hero> {
  constructor(readonly id: string) {
    super();
  }
}
class DropItem {
  constructor(
    readonly heroId: string,
    readonly itemId: string,
  ) {}
}
class FailingCommand {
  constructor(readonly reason: string) {}
}
class TimeoutError extends Error {}

/** What handlers have got. */
const got: unknown[] = [];
const gotOf = <T>(kind: new (...parameters: never[]) => T): T[] =>
  got.filter((one): one is T => one instanceof kind);

@CommandHandler(Answer)
class AnswerHandler implements ICommandHandler<Answer> {
  execute({ about }: Answer) {
    return Promise.resolve({ answer: `about ${about}` });
  }
}

@QueryHandler(GetHero)
class GetHeroHandler implements IQueryHandler<GetHero> {
  constructor(private readonly heroes: Heroes) {}
  execute({ id }: GetHero) {
    return this.heroes.load(id);
  }
}

@CommandHandler(FailingCommand)
class FailingHandler implements ICommandHandler<FailingCommand> {
  execute({ reason }: FailingCommand): Promise<void> {
    return Promise.reject(new TimeoutError(reason));
  }
}

@CommandHandler(DropItem)
class DropItemHandler implements ICommandHandler<DropItem> {
  constructor(private readonly heroes: Heroes) {}
  async execute({ heroId, itemId }: DropItem): Promise<void> {
    await this.heroes.change(heroId, (hero) => {
      hero.find(itemId);
    });
  }
}

class AskedIn {
  constructor(
    readonly request: AsyncContext,
    readonly message: object,
  ) {}
}

@CommandHandler(Ask, { scope: Scope.REQUEST })
class AskHandler implements ICommandHandler<Ask> {
  constructor(@Inject(REQUEST) private readonly request: AsyncContext) {}
  execute(command: Ask): Promise<void> {
    got.push(new AskedIn(this.request, command));
    return Promise.resolve();
  }
}

@Injectable({ scope: Scope.REQUEST })
class Tracker {
  constructor(@Inject(REQUEST) readonly request: MessageRequest) {}
}

@EventsHandler(ItemFound)
class ItemFoundHandler {
  constructor(private readonly tracker: Tracker) {}
  handle(event: ItemFound): void {
    got.push(new AskedIn(this.tracker.request, event));
  }
}

const providers = [
  ...[Heroes, KillDragonHandler, AnswerHandler, GetHeroHandler, FailingHandler, DropItemHandler],
  ...[AskHandler, Tracker, ItemFoundHandler],
];
const definitions = {
  events: heroEvents,
  commands: { 'test.ask': Ask, 'test.fail': FailingCommand, 'hero.drop-item': DropItem },
};

let database: LogDatabase;
let app: TestingModule | undefined;
beforeEach(async () => {
  Logger.overrideLogger(false);
  got.length = 0;
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await database.drop();
});

async function start(parts: AppParts = {}): Promise<TestingModule> {
  app = await compileApp(database, {
    definitions,
    ...parts,
    providers: [...providers, ...(parts.providers ?? [])],
    settings: { retry: { attempts: 1, firstPauseMs: 1 }, ...parts.settings },
  });
  await app.init();
  return app;
}

async function refusal(parts: AppParts): Promise<string> {
  return start(parts).then(
    () => 'It has started.',
    (error: unknown) => (error as Error).message,
  );
}

const stored = (): Promise<{ stream: string; type: string }[]> =>
  database.query('SELECT stream, type FROM event_log ORDER BY position');

async function some<T>(
  what: string,
  look: () => readonly T[] | Promise<readonly T[]>,
): Promise<readonly T[]> {
  return eventually(
    what,
    async () => look(),
    (found) => found.length > 0,
  );
}

/** A command whose handler does `work` with an aggregate of this repository. */
function handlerOf(work: (heroes: Heroes, publisher: EventPublisher) => Promise<void> | void) {
  class Work {
    readonly heroId = '1';
  }
  @CommandHandler(Work)
  class WorkHandler implements ICommandHandler<Work> {
    constructor(
      private readonly heroes: Heroes,
      private readonly publisher: EventPublisher,
    ) {}
    async execute(): Promise<void> {
      await work(this.heroes, this.publisher);
    }
  }
  return { command: new Work(), WorkHandler };
}

/** One test for each row of the page, under its name. */
const rows: Record<string, () => Promise<void>> = {
  '`CqrsModule.forRoot()`': async () => {
    @Module({ imports: [CqrsModule.forRoot()] })
    class Beside {}
    expect(await refusal({ imports: [Beside] })).toMatch(/CqrsModule is imported beside DurableCqrsModule/);
  },

  'options of `CqrsModule.forRoot`': async () => {
    const infos: UnhandledExceptionInfo[] = [];
    const unhandledExceptionPublisher = { publish: (info: UnhandledExceptionInfo) => infos.push(info) };
    await (
      await start({ settings: { unhandledExceptionPublisher } })
    )
      .get(DurableCommandBus)
      .enqueue(new FailingCommand('x'));
    await some('the failure', () => infos);
    await app?.close();
    const settings = { rethrowUnhandled: true } as object;
    expect(await refusal({ settings })).toMatch(/"rethrowUnhandled".*"retry"/);
  },

  '`CommandBus.execute`, `Command<T>`': async () => {
    const { answer } = await (await start()).get(CommandBus).execute(new Answer('dragons'));
    expect(answer).toBe('about dragons');
  },

  '`QueryBus.execute`, `Query<T>`': async () => {
    const { id, dragons } = await (await start()).get(QueryBus).execute(new GetHero('1'));
    expect({ id, dragons }).toEqual({ id: '1', dragons: [] });
  },

  'event classes with constructors': async () => {
    const module = await start();
    await module.get(CommandBus).execute(new KillDragon('1', 'd-1'));
    const events = (await database.query('SELECT type, data FROM event_log')) as unknown;
    expect(events).toEqual([{ type: 'hero.dragon-killed', data: { heroId: '1', dragonId: 'd-1' } }]);
    const publish = module.get(EventBus).publish(new ItemFound('1', new Date() as never)) as Promise<void>;
    await expect(publish).rejects.toThrow(/ItemFound.itemId is an instance of Date.*fromStored/);
  },

  '`AggregateRoot`, `apply`, `commit`': async () => {
    const { command, WorkHandler } = handlerOf(async (heroes) => {
      const hero = await heroes.load('1');
      hero.kill('d-1');
      hero.commit();
    });
    await (await start({ providers: [WorkHandler] })).get(CommandBus).execute(command);
    expect(await stored()).toEqual([{ stream: 'hero-1', type: 'hero.dragon-killed' }]);
  },

  '`EventPublisher.mergeObjectContext`': async () => {
    await (await start()).get(CommandBus).execute(new KillDragon('1', 'd-1'));
    expect(await stored()).toHaveLength(1);
    const { command, WorkHandler } = handlerOf((_, publisher) => {
      const hero = publisher.mergeObjectContext(new Hero('1'));
      hero.kill('d-2');
      hero.commit();
    });
    await app?.close();
    const bus = (await start({ providers: [WorkHandler] })).get(CommandBus);
    await expect(bus.execute(command)).rejects.toThrow(/Hero was not loaded.*load\(id\)/);
  },

  '`EventPublisher.mergeClassContext`': async () => {
    @Injectable()
    class MergedHeroes extends Heroes {
      constructor(private readonly publisher: EventPublisher) {
        super();
      }
      override create(id: string): Hero {
        return new (this.publisher.mergeClassContext(Hero))(id);
      }
    }
    const module = await start({ providers: [{ provide: Heroes, useClass: MergedHeroes }] });
    await module.get(CommandBus).execute(new KillDragon('1', 'd-1'));
    expect(await stored()).toHaveLength(1);
  },

  '`autoCommit`': async () => {
    const { command, WorkHandler } = handlerOf(async (heroes) => {
      const hero = await heroes.load('1');
      hero.autoCommit = true;
      hero.kill('d-1');
    });
    await (await start({ providers: [WorkHandler] })).get(CommandBus).execute(command);
    expect(await stored()).toHaveLength(1);
  },

  '`WithAggregateRoot`': async () => {
    class Monster {
      constructor(readonly id: string) {}
    }
    class Dragon extends WithAggregateRoot(Monster) {}
    class Dragons extends AggregateRepository<Dragon> {
      readonly category = 'dragon';
      create(id: string): Dragon {
        return new Dragon(id);
      }
    }
    const dragons = (await start({ providers: [Dragons] })).get(Dragons);
    const dragon = await dragons.load('1');
    dragon.apply(new ItemFound('1', 'i-1'));
    await dragons.save(dragon);
    expect(await stored()).toEqual([{ stream: 'dragon-1', type: 'hero.item-found' }]);
  },

  '`IAggregateRoot`': async () => {
    class Dragon implements IAggregateRoot {
      autoCommit = false;
      private readonly events: object[] = [];
      getUncommittedEvents = (): object[] => this.events;
      uncommit = (): void => void this.events.splice(0);
      publish: (event: object) => void = () => undefined;
      publishAll: (events: object[]) => void = () => undefined;
      commit = (): void => {
        this.publishAll(this.events.splice(0));
      };
      loadFromHistory = (): void => undefined;
      apply = (event: object): void => void this.events.push(event);
    }
    class Dragons extends AggregateRepository<Dragon> {
      readonly category = 'dragon';
      create(): Dragon {
        return new Dragon();
      }
    }
    const dragons = (await start({ providers: [Dragons] })).get(Dragons);
    await dragons.change('1', (dragon) => {
      dragon.apply(new ItemFound('1', 'i-1'));
    });
    expect(await stored()).toHaveLength(1);
  },

  '`EventBus.publish`, `publishAll`': async () => {
    const bus = (await start()).get(EventBus);
    await bus.publish(new DragonKilled('1', 'd-1'));
    await bus.publishAll([new DragonKilled('1', 'd-2'), new ItemFound('1', 'i-1')]);
    const streams = (await stored()).map(({ stream }) => stream);
    expect(streams).toHaveLength(3);
    expect(new Set(streams).size).toBe(2);
    expect(streams.every((stream) => stream.startsWith('published-'))).toBe(true);
    await app?.close();
    // A command that does not await it ends after it.
    const { command, WorkHandler } = handlerOf(() => {
      app?.get(EventBus).publish(new ItemFound('1', 'i-2'));
    });
    await (await start({ providers: [WorkHandler] })).get(CommandBus).execute(command);
    expect(await stored()).toHaveLength(4);
  },

  '`@EventsHandler`': async () => {
    @EventsHandler(DragonKilled)
    class Chronicle {
      handle(event: DragonKilled): void {
        got.push(event);
      }
    }
    await (await start({ providers: [Chronicle] })).get(CommandBus).execute(new KillDragon('1', 'd-1'));
    expect(await some('the event', () => gotOf(DragonKilled))).toEqual([new DragonKilled('1', 'd-1')]);
    const [event] = gotOf(DragonKilled);
    expect(recordOf(event as never)).toMatchObject({ stream: 'hero-1', version: 1 });
  },

  '`@Saga` with `ofType` and `map`': async () => {
    class Sagas {
      @Saga()
      dropped = (events: Observable<object>): Observable<object> =>
        events.pipe(
          ofType(DragonKilled),
          map(({ heroId }) => new DropItem(heroId, 'sword')),
        );
    }
    await (await start({ providers: [Sagas] })).get(CommandBus).execute(new KillDragon('1', 'd-1'));
    await eventually('the item', stored, (events) => events.length === 2);
  },

  '`delay` in a saga': async () => {
    class Sagas {
      @Saga()
      dropped = (events: Observable<object>): Observable<object> =>
        events.pipe(
          ofType(DragonKilled),
          delay(86_400_000),
          map(({ heroId }) => new DropItem(heroId, 'sword')),
        );
    }
    await (await start({ providers: [Sagas] })).get(CommandBus).execute(new KillDragon('1', 'd-1'));
    const timers = await some('the timer', () =>
      database.query(
        `SELECT c.type, extract(epoch FROM c.due_at - e.occurred_at)::float8 AS seconds FROM durable_command c, event_log e`,
      ),
    );
    expect(timers).toEqual([{ type: 'hero.drop-item', seconds: 86_400 }]);
  },

  'operators that remember events': async () => {
    class Sagas {
      @Saga()
      counted = (events: Observable<object>): Observable<object> =>
        events.pipe(
          scan((sum) => sum + 1, 0),
          map((sum) => new DropItem('1', String(sum))),
        );
    }
    expect(await refusal({ providers: [Sagas] })).toMatch(/Sagas.counted calls scan.*stream/);
  },

  '`UnhandledExceptionBus`': async () => {
    @EventsHandler(DragonKilled)
    class Broken {
      handle(): void {
        throw new TimeoutError('too late');
      }
    }
    const module = await start({ providers: [Broken] });
    const infos: UnhandledExceptionInfo[] = [];
    const end = new Subject<void>();
    const bus: UnhandledExceptionBus = module.get(UnhandledExceptionBus);
    bus
      .pipe(UnhandledExceptionBus.ofType(TimeoutError), takeUntil(end))
      .subscribe((info) => infos.push(info));
    await module.get(CommandBus).execute(new KillDragon('1', 'd-1'));
    await some('the failed event', () => infos);
    await module.get(DurableCommandBus).enqueue(new FailingCommand('x'));
    await eventually(
      'the failed command',
      () => Promise.resolve(infos),
      (all) => all.length === 2,
    );
    expect(infos.map(({ cause }) => cause)).toEqual([new DragonKilled('1', 'd-1'), new FailingCommand('x')]);
    end.next();
  },

  '`EventBus` as an Observable': async () => {
    const module = await start();
    const events: object[] = [];
    const subscription = module
      .get(EventBus)
      .pipe(ofType(DragonKilled))
      .subscribe((event) => events.push(event));
    await module.get(CommandBus).execute(new KillDragon('1', 'd-1'));
    expect(await some('the event', () => events)).toEqual([new DragonKilled('1', 'd-1')]);
    subscription.unsubscribe();
  },

  '`CommandBus` and `QueryBus` as Observables': async () => {
    const module = await start();
    const messages: object[] = [];
    module.get(CommandBus).subscribe((command) => messages.push(command));
    module.get(QueryBus).subscribe((query) => messages.push(query));
    await module.get(CommandBus).execute(new KillDragon('1', 'd-1'));
    await module.get(QueryBus).execute(new GetHero('1'));
    expect(messages).toEqual([new KillDragon('1', 'd-1'), new GetHero('1')]);
  },

  'request-scoped command handlers': async () => {
    const bus = (await start()).get(CommandBus);
    await bus.execute(new Ask('dragons'), new UserRequest('ada'));
    const message = { correlationId: 'r-1', causationId: 'r-1', actor: ADA };
    await withMessageContext(message, () => bus.execute(new Ask('heroes')));
    const [asked, askedInMessage] = gotOf(AskedIn);
    expect(asked?.request).toMatchObject({ user: 'ada' });
    expect(askedInMessage?.request).toMatchObject({ message });
  },

  'request-scoped query handlers': async () => {
    class FindUser extends Query<string> {
      readonly of = 'request';
    }
    @QueryHandler(FindUser, { scope: Scope.REQUEST })
    class FindUserHandler implements IQueryHandler<FindUser> {
      constructor(@Inject(REQUEST) private readonly request: UserRequest) {}
      execute(): Promise<string> {
        return Promise.resolve(this.request.user);
      }
    }
    const bus = (await start({ providers: [FindUserHandler] })).get(QueryBus);
    expect(await bus.execute(new FindUser(), new UserRequest('ada'))).toBe('ada');
  },

  'request-scoped event handlers': async () => {
    const module = await start();
    const message = { correlationId: 'r-1', causationId: 'r-1', actor: ADA };
    await withMessageContext(message, () => module.get(CommandBus).execute(new DropItem('1', 'i-1')));
    await withMessageContext(message, () => module.get(CommandBus).execute(new DropItem('1', 'i-2')));
    await eventually(
      'both events',
      () => Promise.resolve(got),
      (all) => all.length === 2,
    );
    const [one, two] = gotOf(AskedIn);
    expect(one?.request).toMatchObject({ message: { correlationId: 'r-1', actor: ADA } });
    expect(one?.request).not.toBe(two?.request);
  },

  'request-scoped handlers of stored commands': async () => {
    const module = await start();
    const message = { correlationId: 'r-1', causationId: 'r-1', actor: ADA };
    await withMessageContext(message, () => module.get(DurableCommandBus).enqueue(new Ask('dragons')));
    const [asked] = await some('the command', () => gotOf(AskedIn));
    expect(asked?.request).toBeInstanceOf(MessageRequest);
    expect(asked?.request).toMatchObject({ message });
  },

  'an `AsyncContext` for events': async () => {
    const { command, WorkHandler } = handlerOf(async (heroes, publisher) => {
      const hero = publisher.mergeObjectContext(await heroes.load('1'), new AsyncContext());
      hero.kill('d-1');
      hero.commit();
      const other = publisher.mergeObjectContext(await heroes.load('2'), new UserRequest('ada'));
      other.kill('d-1');
      expect(() => {
        other.commit();
      }).toThrow(/DragonKilled is stored, and its UserRequest.*MessageRequest/);
    });
    await (await start({ providers: [WorkHandler] })).get(CommandBus).execute(command);
    expect(await stored()).toEqual([{ stream: 'hero-1', type: 'hero.dragon-killed' }]);
  },

  '`AsyncContext.of`, `merge` and `attachTo` in a saga': async () => {
    class Sagas {
      @Saga()
      asked = (events: Observable<object>): Observable<object> =>
        events.pipe(
          ofType(DragonKilled),
          map((event) => {
            const request = AsyncContext.of(event);
            const command = new Ask('dragons');
            if (event.dragonId === 'd-1') AsyncContext.merge(event, command);
            else request?.attachTo(command);
            return command;
          }),
        );
    }
    const bus = (await start({ providers: [Sagas] })).get(CommandBus);
    const message = { correlationId: 'r-1', causationId: 'r-1', actor: ADA };
    for (const dragon of ['d-1', 'd-2']) {
      await withMessageContext(message, () => bus.execute(new KillDragon('1', dragon)));
    }
    await eventually(
      'both commands',
      () => Promise.resolve(got),
      (all) => all.length === 2,
    );
    for (const { request } of gotOf(AskedIn)) {
      expect(request).toMatchObject({ message: { correlationId: 'r-1', actor: ADA } });
    }
  },

  'request-scoped sagas': async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Sagas {
      @Saga()
      idle = (events: Observable<object>): Observable<object> => events;
    }
    expect(await refusal({ providers: [Sagas] })).toMatch(/Sagas is request-scoped. Make it a singleton/);
  },
};

describe('the documentation of @nestjs/cqrs', () => {
  it.each(Object.entries(rows))('%s', async (_, test) => {
    await test();
  });

  it('has a row on the page for each of these tests, and no others', async () => {
    const page = await readFile(PAGE, 'utf8');
    const table = page.slice(page.indexOf('| In Nest'), page.indexOf('## '));
    const names = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, name]) => name).slice(2);
    expect(names).toEqual(Object.keys(rows));
  });
});
