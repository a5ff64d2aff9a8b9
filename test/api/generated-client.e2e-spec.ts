import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { jwtOf } from '../support/credentials.js';
import { useService } from '../support/use-service.js';

const run = promisify(execFile);
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const SOURCES = resolve('test/api/generated-client');
/** Types are generated, and two programs compiled, on a machine that may have much else to do. */
const TIMEOUT_MS = 240_000;

const COMPILER = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2023', 'dom'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

const service = useService('client');

let folder: string;

beforeAll(async () => {
  folder = join(process.env['TEST_FOLDER'] ?? '', 'client');
  await mkdir(folder, { recursive: true });
  await Promise.all([
    symlink(resolve('node_modules'), join(folder, 'node_modules')),
    copyFile(join(SOURCES, 'drive-cart.ts'), join(folder, 'drive-cart.ts')),
    writeFile(join(folder, 'package.json'), '{ "type": "module" }'),
    writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER })),
    generate(),
  ]);
  await run(process.execPath, [TSC, '-p', folder]).catch((error: unknown) => {
    throw new Error(`The client does not compile: ${(error as { stdout: string }).stdout}`);
  });
}, TIMEOUT_MS);

it('fills a cart, reprices it, reads its past and discards it, with types generated from the document', async () => {
  const token = jwtOf({ sub: 'anna', roles: ['admin'] });
  const origin = `http://127.0.0.1:${service().port}`;
  const { stdout } = await run(process.execPath, [join(folder, 'drive-cart.js'), origin, token]);
  expect(JSON.parse(stdout)).toEqual([
    ['prices', 1999, 450],
    ['opened', 2, 1, 1999],
    ['is at', true],
    ['added', 3, 3, 2899],
    ['changed', 4, 5, 6897],
    ['stale', 412, 4],
    ['notices', [1899]],
    ['repriced', 5, 5, 6597],
    ['several', 7, 4, 6147],
    ['past', 2, 1, 1999],
    ['discarded', 204],
    [
      'history',
      [
        'cart.opened',
        'cart.item-added',
        'cart.item-added',
        'cart.item-quantity-changed',
        'cart.item-repriced',
        'cart.item-removed',
        'cart.item-added',
        'cart.discarded',
      ],
    ],
  ]);
});

/**
 * Writes the types of the document that the service serves. The generator runs in a process of its own: jest cannot
 * load it.
 */
async function generate(): Promise<void> {
  const { text: document } = await service().http.get('/openapi.json');
  const child = spawn(process.execPath, [join(SOURCES, 'generate.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(document);
  const [types, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>]);
  expect(code).toBe(0);
  await writeFile(join(folder, 'api.ts'), types);
}
