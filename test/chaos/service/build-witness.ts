import { transformFile } from '@swc/core';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const FILES = ['main', 'witness'];

/**
 * Compiles the service with its witness, once, so that none of the many starts has to. The service itself is the built one.
 * @param folder exists; it gets a tree in which all imports lead where they do here
 * @returns the file to run
 */
export async function buildWitness(folder: string): Promise<string> {
  const target = join(folder, 'test/chaos/service');
  await mkdir(target, { recursive: true });
  await symlink(resolve('dist'), join(folder, 'src'));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  for (const file of FILES) {
    const { code } = await transformFile(resolve(`test/chaos/service/${file}.ts`));
    await writeFile(join(target, `${file}.js`), code);
  }
  return join(target, 'main.js');
}
