import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { startPostgres } from 'durable-cqrs/postgres';
import { AppModule } from './app.module';
import { KillDragon } from './heroes';

async function main(): Promise<void> {
  const server = await startPostgres({ dataDir: '.data' });
  const app = await NestFactory.createApplicationContext(AppModule.with({ url: server.url }));
  const { wasAlive } = await app.get(CommandBus).execute(new KillDragon('hulk', 'smaug'));
  console.log(`smaug was ${wasAlive ? 'alive' : 'dead'}`);
  await app.close();
  await server.stop();
}

void main();
