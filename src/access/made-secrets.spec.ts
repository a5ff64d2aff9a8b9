import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { madeSecrets } from './made-secrets.js';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cartwright-secrets-'));
  folder = join(parent, 'data');
});
afterEach(() => rm(parent, { recursive: true }));

it('makes two secrets, and keeps them in a file that only the owner may read', async () => {
  const made = await madeSecrets(folder);
  expect(Buffer.from(made.jwtSecret, 'base64url')).toHaveLength(32);
  expect(made.cartTokenSecret).not.toBe(made.jwtSecret);
  expect(await madeSecrets(folder)).toEqual(made);
  expect(await readdir(folder)).toEqual(['secrets.json']);
  expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600);
});

it('makes other secrets in another folder', async () => {
  expect(await madeSecrets(folder)).not.toEqual(await madeSecrets(join(parent, 'other')));
});

it('makes them once for several concurrent callers', async () => {
  const all = await Promise.all(Array.from({ length: 16 }, () => madeSecrets(folder)));
  const kept = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as unknown;
  for (const one of all) expect(one).toEqual(kept);
  expect(await readdir(folder)).toEqual(['secrets.json']);
});

it.each(['', 'null', '{}', '{"jwtSecret":"short","cartTokenSecret":"short"}', '{"jwtSecret":'])(
  'refuses a file without the two secrets: %s',
  async (text) => {
    await madeSecrets(folder);
    await writeFile(join(folder, 'secrets.json'), text);
    await expect(madeSecrets(folder)).rejects.toThrow(/secrets\.json does not hold the secrets/);
    expect(await readFile(join(folder, 'secrets.json'), 'utf8')).toBe(text);
  },
);
