/**
 * `npm run build:package`: compiles `src/event-sourcing` into its `dist/`, which is what npm publishes. `esm/` and `cjs/` hold the
 * same modules in both formats, each with its type declarations. The conditions in the package.json see to it that a
 * process loads only one of them.
 */
import { spawn } from 'node:child_process';
import { copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src/event-sourcing');
const OUTPUT = join(SOURCES, 'dist');
const FORMATS = [
  { folder: 'esm', type: 'module', module: { type: 'es6' } },
  { folder: 'cjs', type: 'commonjs', module: { type: 'commonjs', importInterop: 'node' } },
];
const NO_SOURCES = /^(dist|node_modules|docs)(\/|$)|[.-]spec\.ts$/;

async function sourceFiles() {
  const files = await readdir(SOURCES, { recursive: true });
  return files.filter((file) => !NO_SOURCES.test(file));
}

async function compile(file, { folder, module }) {
  const output = join(OUTPUT, folder, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(output), { recursive: true });
  if (!file.endsWith('.ts')) return copyFile(join(SOURCES, file), output);
  const { code } = await transformFile(join(SOURCES, file), {
    configFile: join(ROOT, '.swcrc'),
    sourceMaps: false,
    module,
  });
  await writeFile(output, code);
}

/** Writes the type declarations once; both formats have the same. */
async function declare() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-p', join(SOURCES, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  const code = await new Promise((end) => child.once('close', end));
  if (code !== 0) throw new Error(`tsc ended with exit code ${code}: the package has no type declarations.`);
}

await rm(OUTPUT, { recursive: true, force: true });
const files = (await sourceFiles()).filter((file) => /\.(ts|sql)$/.test(file));
await Promise.all([declare(), ...FORMATS.flatMap((format) => files.map((file) => compile(file, format)))]);
await cp(join(OUTPUT, 'types'), join(OUTPUT, 'esm'), { recursive: true });
await cp(join(OUTPUT, 'types'), join(OUTPUT, 'cjs'), { recursive: true });
await rm(join(OUTPUT, 'types'), { recursive: true });
for (const { folder, type } of FORMATS) {
  await writeFile(join(OUTPUT, folder, 'package.json'), `${JSON.stringify({ type })}\n`);
}
