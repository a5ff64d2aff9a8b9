import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { BenchContext } from '../support/bench.js';
import { load, machineLine } from '../support/machine.js';
import type { SuiteAmounts } from './amounts.js';
import type { Circumstances } from './document.js';

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/cqrs',
  'fastify',
  'pg',
  'typeorm',
  '@event-driven-io/emmett-postgresql',
];

/** When, on what and with what the suite has run. */
export async function circumstances(
  { server, rounds }: BenchContext,
  { warmUp, scale, longest, events, memoryCarts, memoryCommandsPerCart }: SuiteAmounts,
): Promise<Circumstances> {
  const count = (value: number): string => value.toLocaleString('en');
  const commands = `${count(memoryCarts * memoryCommandsPerCart)} commands on ${count(memoryCarts)} carts`;
  return {
    lines: [
      `${new Date().toISOString().slice(0, 10)}, commit ${await commit()}`,
      await machineLine(server),
      `load at the end ${load()}`,
      (await versions()).join(', '),
      `${rounds} rounds at most, warmed up by ${count(warmUp)} requests`,
      `calls of each scenario × ${scale}, at most ${longest} s a measurement`,
      `logs of ${count(events)} events, memory with ${commands}`,
    ],
  };
}

/** The commit of the checkout, and whether files of the service differ from it. */
async function commit(): Promise<string> {
  const git = async (...parameters: string[]): Promise<string> =>
    (await promisify(execFile)('git', parameters)).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--', 'src', 'package-lock.json');
    return `${await git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : ', with changes'}`;
  } catch {
    return 'unknown';
  }
}

async function versions(): Promise<string[]> {
  return Promise.all(
    PACKAGES.map(async (name) => {
      const text = await readFile(`bench/peers/node_modules/${name}/package.json`, 'utf8').catch(() => '{}');
      const { version = 'not installed' } = JSON.parse(text) as { version?: string };
      return `${name} ${version}`;
    }),
  );
}
