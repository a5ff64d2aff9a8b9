import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { DomainError, event, type Decider } from 'durable-cqrs';
import { startPostgres, type RunningPostgres } from 'durable-cqrs/postgres';
import { given } from 'durable-cqrs/testing';
import { AppModule } from './app.module';
import { GetHero, KillDragon } from './heroes';

let server: RunningPostgres;
let app: TestingModule;
beforeAll(async () => {
  server = await startPostgres({ dataDir: '.data/test' });
  app = await Test.createTestingModule({
    imports: [AppModule.with({ url: server.url })],
  }).compile();
  await app.init();
}, 60_000);
afterAll(async () => {
  await app?.close();
  await server?.stop();
}, 60_000);

it('kills a dragon once', async () => {
  const commands = app.get(CommandBus);
  await expect(commands.execute(new KillDragon('hulk', 'smaug'))).resolves.toEqual({ wasAlive: true });
  await expect(commands.execute(new KillDragon('hulk', 'smaug'))).resolves.toEqual({ wasAlive: false });
});

it('drops an item a second later', async () => {
  for (;;) {
    const { dragons, items } = await app.get(QueryBus).execute(new GetHero('hulk'));
    expect(dragons).toEqual(['smaug']);
    if (items.length === 0) continue;
    expect(items).toEqual(['treasure of smaug']);
    return;
  }
}, 30_000);

it('shares the classes of the package between its entries', () => {
  class Slain extends event('dragon.slain')<{ by: string }>() {}
  const dragon: Decider<{ isDead: boolean }, Slain> = {
    category: 'dragon',
    initialState: { isDead: false },
    evolve: () => ({ isDead: true }),
  };
  given(dragon, new Slain({ by: 'hulk' }))
    .when(({ isDead }) => {
      if (isDead) throw new DomainError('DRAGON_IS_DEAD', 'A dragon dies once.');
      return [];
    })
    .thenRefused('DRAGON_IS_DEAD');
});
