import { CommandBus } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { startEmbeddedPostgres, type EmbeddedPostgres } from 'durable-cqrs/postgres';
import { given } from 'durable-cqrs/testing';
import { AppModule } from './app.module';
import { hero, HeroHired, HireHero } from './heroes';

let server: EmbeddedPostgres;
let app: TestingModule;
beforeAll(async () => {
  server = await startEmbeddedPostgres({
    dataDir: '.data/test',
    databases: ['heroes'],
    log: () => undefined,
  });
  app = await Test.createTestingModule({
    imports: [AppModule.with({ url: server.url('heroes') })],
  }).compile();
  await app.init();
}, 60_000);
afterAll(async () => {
  await app?.close();
  await server?.stop();
}, 60_000);

it('hires a hero once', async () => {
  const commands = app.get(CommandBus);
  await expect(commands.execute(new HireHero('hulk'))).resolves.toBe(true);
  await expect(commands.execute(new HireHero('hulk'))).resolves.toBe(false);
});

it('shares the classes of the package between its entries', () => {
  given(hero)
    .when(() => [new HeroHired({ heroId: 'hulk' })])
    .then(new HeroHired({ heroId: 'hulk' }));
});
