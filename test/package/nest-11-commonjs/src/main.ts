import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { startEmbeddedPostgres } from 'durable-cqrs/postgres';
import { AppModule } from './app.module';
import { KillDragon } from './heroes';

async function main(): Promise<void> {
  const server = await startEmbeddedPostgres({
    dataDir: '.data',
    databases: ['heroes'],
    log: () => undefined,
  });
  const app = await NestFactory.createApplicationContext(AppModule.with({ url: server.url('heroes') }));
  const { wasAlive } = await app.get(CommandBus).execute(new KillDragon('hulk', 'smaug'));
  console.log(`smaug was ${wasAlive ? 'alive' : 'dead'}`);
  await app.close();
  await server.stop();
}

void main();
