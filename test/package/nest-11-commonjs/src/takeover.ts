import 'reflect-metadata';
import { fork, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { startPostgres } from 'durable-cqrs/postgres';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { DropAncientItemHandler, KillDragon, type DropAncientItem } from './heroes';

// npm run demo:takeover: one of two processes is killed in the middle of a saga, and the other one takes over.

const DRAGONS = ['fafnir', 'ladon', 'smaug'];
const DATA_DIR = '.data/takeover';
/** How long a hero digs, so that there is time to be killed meanwhile. In milliseconds. */
const DIGGING_MS = 300;

const say = (line: string): void => console.log(line);

/** One process of the game. It digs slowly, and says what it does. */
async function play(url: string): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule.with({ url }), { logger: false });
  app.enableShutdownHooks();
  const handler = app.get(DropAncientItemHandler, { strict: false });
  const execute = handler.execute.bind(handler);
  handler.execute = async (command: DropAncientItem) => {
    say(`${command.heroId} digs for the ${command.itemId}`);
    await pause(DIGGING_MS);
    await execute(command);
    say(`${command.heroId} has the ${command.itemId}`);
  };
  process.on('message', async (dragon: string) => {
    await app.get(CommandBus).execute(new KillDragon('hulk', dragon));
    say(`hulk has killed ${dragon}`);
  });
  say('plays');
}

/** Starts a process and prints its output. `onLine` gets each line, too. */
function start(name: string, url: string, onLine: (line: string, name: string) => void): ChildProcess {
  const child = fork(__filename, [url], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout === null) throw new Error('The process has no output.');
  createInterface({ input: child.stdout }).on('line', (line) => {
    say(`${name}: ${line}`);
    onLine(line, name);
  });
  return child;
}

/** Plays with two processes, and kills the first one that digs. Resolves when the other one has found everything. */
async function playAndKill(url: string, players: Map<string, ChildProcess>): Promise<void> {
  const dragons = [...DRAGONS];
  let killedAt: number | undefined;
  let found = 0;
  return new Promise((end, fail) => {
    const add = (name: string): void => {
      const player = start(name, url, hear);
      player.once('exit', (code) => code && fail(new Error(`${name} ended with ${code}.`)));
      players.set(name, player);
    };
    const hear = (line: string, name: string): void => {
      if (line === 'plays' && name === 'A') add('B');
      if ((line === 'plays' && name === 'B') || line.includes(' has killed ')) {
        const dragon = dragons.shift();
        if (dragon !== undefined) players.get('A')?.send(dragon);
      }
      if (line.includes(' digs ') && killedAt === undefined) {
        killedAt = performance.now();
        players.get(name)?.kill('SIGKILL');
        players.delete(name);
        say(`   ${name} is killed (SIGKILL)`);
      }
      if (line.includes(' has the ') && killedAt !== undefined) {
        if (found === 0) say(`   ${name} took over after ${Math.round(performance.now() - killedAt)} ms`);
        found += 1;
        if (found === DRAGONS.length) end();
      }
    };
    add('A');
  });
}

async function demo(): Promise<void> {
  rmSync(DATA_DIR, { recursive: true, force: true });
  const server = await startPostgres({ dataDir: DATA_DIR });
  const { url } = server;
  const players = new Map<string, ChildProcess>();
  await playAndKill(url, players);
  say(await whatTheLogHas(url));
  for (const player of players.values()) player.kill('SIGTERM');
  await Promise.all([...players.values()].map((player) => new Promise((end) => player.once('exit', end))));
  await server.stop();
}

async function whatTheLogHas(url: string): Promise<string> {
  const database = await new DataSource({ type: 'postgres', url }).initialize();
  const [log] = await database.query<{ killed: string; found: string; items: string }[]>(
    `SELECT count(*) FILTER (WHERE type = 'hero.killed-dragon') AS killed,
            count(*) FILTER (WHERE type = 'hero.found-item') AS found,
            count(DISTINCT data->>'itemId') AS items FROM event_log`,
  );
  await database.destroy();
  return `The log: ${log?.killed} dragons killed, ${log?.found} items found, ${log?.items} of them different.`;
}

const [, , url] = process.argv;
void (url === undefined ? demo() : play(url));
