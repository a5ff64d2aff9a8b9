import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import {
  ConcurrentChangeError,
  MessageIdentity,
  withMessageContext,
} from '../../../src/event-sourcing/index.js';
import { Hero, heroEvents, Heroes, ItemFound, KillDragon, KillDragonHandler } from '../support/heroes.js';
import { LogDatabase } from '../support/log-database.js';
import { compileApp, type AppParts } from '../support/store-app.js';
import { CREATE_BALANCE } from '../support/views.js';

let database: LogDatabase;
const apps: TestingModule[] = [];
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await database.drop();
});

async function start({ providers = [], ...parts }: AppParts = {}): Promise<TestingModule> {
  const app = await compileApp(database, {
    definitions: { events: heroEvents },
    providers: [Heroes, KillDragonHandler, ...providers],
    ...parts,
  });
  apps.push(app);
  await app.init();
  return app;
}

const stored = (): Promise<{ stream: string; type: string; data: object }[]> =>
  database.query('SELECT stream, type, data FROM event_log ORDER BY position');

/** Runs `work` as a message that may come twice. */
function asMessage<T>(id: string, work: () => Promise<T>): Promise<T> {
  const actor = { type: 'customer', id: 'c-1' };
  const identity = new MessageIdentity(id, 'test');
  return withMessageContext({ correlationId: id, causationId: id, actor, identity }, work);
}

describe('a repository of aggregates', () => {
  it('saves the applied events, and loads the aggregate with them in another process', async () => {
    const heroes = (await start()).get(Heroes);
    const hero = await heroes.load('1');
    hero.kill('d-1');
    hero.find('i-1');
    await heroes.save(hero);
    expect(hero.getUncommittedEvents()).toEqual([]);
    expect(heroes.versionOf(hero)).toBe(2);
    expect(await stored()).toEqual([
      { stream: 'hero-1', type: 'hero.dragon-killed', data: { heroId: '1', dragonId: 'd-1' } },
      { stream: 'hero-1', type: 'hero.item-found', data: { heroId: '1', itemId: 'i-1' } },
    ]);
    const again = await (await start()).get(Heroes).load('1');
    expect(again).toMatchObject({ dragons: ['d-1'], items: ['i-1'] });
  });

  it('keeps events that are applied while it saves for the next save', async () => {
    const heroes = (await start()).get(Heroes);
    const hero = await heroes.load('1');
    hero.find('i-1');
    const saving = heroes.save(hero);
    hero.find('i-2');
    await saving;
    expect(hero.getUncommittedEvents()).toEqual([new ItemFound('1', 'i-2')]);
    expect(heroes.versionOf(hero)).toBe(1);
    await heroes.save(hero);
    expect((await stored()).map(({ data }) => data)).toEqual([
      { heroId: '1', itemId: 'i-1' },
      { heroId: '1', itemId: 'i-2' },
    ]);
  });

  it('stores events once that are saved and committed at the same time', async () => {
    class Hurry {
      readonly heroId = '1';
    }
    @CommandHandler(Hurry)
    class HurryHandler implements ICommandHandler<Hurry> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        const hero = await this.heroes.load('1');
        hero.find('i-1');
        const saving = this.heroes.save(hero);
        hero.find('i-2');
        hero.commit();
        await saving;
      }
    }
    const bus = (await start({ providers: [HurryHandler] })).get(CommandBus);
    await bus.execute(new Hurry());
    expect((await stored()).map(({ data }) => data)).toEqual([
      { heroId: '1', itemId: 'i-1' },
      { heroId: '1', itemId: 'i-2' },
    ]);
  });

  it('refuses to save an aggregate that has changed since it was loaded, and stores nothing of it', async () => {
    const heroes = (await start()).get(Heroes);
    const [slow, fast] = [await heroes.load('1'), await heroes.load('1')];
    fast.kill('d-1');
    slow.find('i-1');
    await heroes.save(fast);
    const refused = heroes.save(slow);
    await expect(refused).rejects.toThrow(ConcurrentChangeError);
    await expect(refused).rejects.toMatchObject({
      code: 'CONCURRENT_CHANGE',
      data: { stream: 'hero-1', loadedAt: 0, version: 1 },
    });
    expect(await stored()).toHaveLength(1);
  });

  it('repeats a change on the newest aggregate until it is saved', async () => {
    const [here, there] = [(await start()).get(Heroes), (await start()).get(Heroes)];
    const items = Array.from({ length: 8 }, (_, index) => `i-${index}`);
    await Promise.all(
      items.map(async (item, index) => {
        const heroes = index % 2 === 0 ? here : there;
        await heroes.change('1', (hero) => {
          hero.find(item);
        });
      }),
    );
    expect([...(await here.load('1')).items].sort()).toEqual(items);
  });

  it('saves several aggregates together or not at all', async () => {
    const heroes = (await start()).get(Heroes);
    const [one, two] = [await heroes.load('1'), await heroes.load('2')];
    await heroes.change('2', (hero) => {
      hero.find('first');
    });
    one.find('i-1');
    two.find('i-2');
    await expect(heroes.save(one, two)).rejects.toThrow(ConcurrentChangeError);
    expect(await stored()).toHaveLength(1);
  });

  it('says what to do with an aggregate that it has not loaded', async () => {
    const heroes = (await start()).get(Heroes);
    await expect(heroes.save(new Hero('1'))).rejects.toThrow(/Hero was not loaded.*load\(id\)/);
    const hero = await heroes.load('1');
    hero.kill('d-1');
    expect(() => {
      hero.commit();
    }).toThrow(/outside of a command handler.*Await save/);
    await heroes.save(hero);
    expect(await stored()).toHaveLength(1);
  });
});

describe('a message that comes twice', () => {
  const id = randomUUID();

  it('loads what its first run has loaded, and takes effect once', async () => {
    const heroes = (await start()).get(Heroes);
    const kill = (): Promise<number> =>
      asMessage(id, async () => {
        const hero = await heroes.load('1');
        hero.kill('d-1');
        await heroes.save(hero);
        return heroes.versionOf(hero);
      });
    expect(await kill()).toBe(1);
    await heroes.change('1', (hero) => {
      hero.find('later');
    });
    expect(await kill()).toBe(1);
    expect(await stored()).toHaveLength(2);
  });

  it('takes effect once, if its handler commits several aggregates', async () => {
    class Trade {
      readonly heroId = '1';
    }
    @CommandHandler(Trade)
    class TradeHandler implements ICommandHandler<Trade> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        const [one, two] = [await this.heroes.load('1'), await this.heroes.load('2')];
        if (one.items.length + two.items.length > 0) throw new Error('They have traded before.');
        two.find('gold');
        two.commit();
        one.find('sword');
        one.commit();
      }
    }
    const bus = (await start({ providers: [TradeHandler] })).get(CommandBus);
    for (let run = 1; run <= 2; run += 1) await asMessage(id, () => bus.execute(new Trade()));
    expect(await stored()).toHaveLength(2);
  });

  it('decides its second change on the newest state, if its first run failed after the first change', async () => {
    const heroes = (await start()).get(Heroes);
    const kill = (fails: boolean): Promise<void> =>
      asMessage(id, async () => {
        await heroes.change('1', (hero) => {
          hero.kill('d-1');
        });
        if (fails) throw new Error('It has failed.');
        await heroes.change('1', (hero) => {
          hero.find(`trophy-${hero.dragons.length}-${hero.items.length}`);
        });
      });
    await expect(kill(true)).rejects.toThrow('It has failed.');
    await heroes.change('1', (hero) => {
      hero.find('later');
    });
    for (let run = 1; run <= 2; run += 1) await kill(false);
    expect((await stored()).map(({ data }) => data)).toEqual([
      { heroId: '1', dragonId: 'd-1' },
      { heroId: '1', itemId: 'later' },
      { heroId: '1', itemId: 'trophy-1-1' },
    ]);
  });

  it('checks the version of an aggregate that it saves by another effect than its first run did', async () => {
    const heroes = (await start()).get(Heroes);
    const explore = (isRepeat: boolean): Promise<void> =>
      asMessage(id, async () => {
        const [one, two] = [await heroes.load('1'), await heroes.load('2')];
        one.find('i-1');
        two.find('i-2');
        await heroes.save(...(isRepeat ? [two] : [one, two]));
      });
    await explore(false);
    await expect(explore(true)).rejects.toThrow(ConcurrentChangeError);
    expect(await stored()).toHaveLength(2);
  });

  it('is told to load an aggregate again that it has saved', async () => {
    const heroes = (await start()).get(Heroes);
    const twice = asMessage(id, async () => {
      const hero = await heroes.load('1');
      hero.find('i-1');
      await heroes.save(hero);
      hero.find('i-2');
      await heroes.save(hero);
    });
    await expect(twice).rejects.toThrow(/hero-1 was saved before.*Load it again/);
  });
});

describe('commit', () => {
  it('within change leaves nothing of the attempts that met a conflict', async () => {
    class Race {
      readonly heroId = '1';
    }
    @CommandHandler(Race)
    class RaceHandler implements ICommandHandler<Race> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        let attempts = 0;
        await this.heroes.change('1', async (hero) => {
          attempts += 1;
          hero.find(`attempt-${attempts}`);
          hero.commit();
          if (attempts > 1) return;
          const faster = await this.heroes.load('1');
          faster.find('faster');
          await this.heroes.save(faster);
        });
      }
    }
    const bus = (await start({ providers: [RaceHandler] })).get(CommandBus);
    await bus.execute(new Race());
    expect((await stored()).map(({ data }) => data)).toEqual([
      { heroId: '1', itemId: 'faster' },
      { heroId: '1', itemId: 'attempt-2' },
    ]);
  });

  it.each([false, true])('throws after the handler has ended; handler fails: %s', async (fails) => {
    let handlerEnds: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      handlerEnds = resolve;
    });
    let late: Promise<void> | undefined;
    class Leave {
      readonly heroId = '1';
    }
    @CommandHandler(Leave)
    class LeaveHandler implements ICommandHandler<Leave> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        const hero = await this.heroes.load('1');
        late = ended.then(() => {
          hero.kill('d-1');
          hero.commit();
        });
        if (fails) throw new Error('It has failed.');
      }
    }
    const bus = (await start({ providers: [LeaveHandler] })).get(CommandBus);
    await Promise.allSettled([bus.execute(new Leave())]);
    handlerEnds();
    await expect(late).rejects.toThrow(/outside of a command handler.*Await save/);
    expect(await stored()).toEqual([]);
  });

  it('has the command store the events before it resolves', async () => {
    const bus = (await start()).get(CommandBus);
    await bus.execute(new KillDragon('1', 'd-1'));
    expect(await stored()).toMatchObject([{ type: 'hero.dragon-killed' }]);
    await expect(bus.execute(new KillDragon('1', 'd-1'))).rejects.toMatchObject({ code: 'DRAGON_IS_DEAD' });
  });

  it('stores nothing if the handler fails later', async () => {
    class Fail {
      readonly heroId = '1';
    }
    @CommandHandler(Fail)
    class FailHandler implements ICommandHandler<Fail> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        const hero = await this.heroes.load('1');
        hero.kill('d-1');
        hero.commit();
        throw new Error('It has failed.');
      }
    }
    const bus = (await start({ providers: [FailHandler] })).get(CommandBus);
    await expect(bus.execute(new Fail())).rejects.toThrow('It has failed.');
    expect(await stored()).toEqual([]);
  });

  it('happens by itself with autoCommit, and not for the history', async () => {
    class Brag {
      readonly heroId = '1';
    }
    @CommandHandler(Brag)
    class BragHandler implements ICommandHandler<Brag> {
      constructor(private readonly heroes: Heroes) {}
      async execute(): Promise<void> {
        const hero = await this.heroes.load('1');
        hero.autoCommit = true;
        hero.kill(`d-${hero.dragons.length}`);
      }
    }
    class Eager extends Heroes {
      override create(id: string): Hero {
        return Object.assign(super.create(id), { autoCommit: true });
      }
    }
    const providers = [BragHandler, { provide: Heroes, useClass: Eager }];
    const bus = (await start({ providers })).get(CommandBus);
    for (let run = 1; run <= 2; run += 1) await bus.execute(new Brag());
    expect((await stored()).map(({ data }) => data)).toEqual([
      { heroId: '1', dragonId: 'd-0' },
      { heroId: '1', dragonId: 'd-1' },
    ]);
  });
});

it('gives events of plain classes back as instances of their classes', async () => {
  const app = await start();
  await app.get(CommandBus).execute(new KillDragon('1', 'd-1'));
  const hero = await (await start()).get(Heroes).load('1');
  expect(hero.dragons).toEqual(['d-1']);
  expect(new ItemFound('1', 'i')).not.toHaveProperty('schemaVersion');
});
