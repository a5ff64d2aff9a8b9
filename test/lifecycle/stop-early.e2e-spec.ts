import { readdir } from 'node:fs/promises';
import { exists, serverPid } from '../event-sourcing/embedded-postgres/service-process.js';
import { inTime } from './conditions.js';
import { useFolders } from './folders.js';
import { LaunchedService } from './launched-service.js';
import { childrenOf, isGone } from './processes.js';

const at = useFolders();

const isClusterMade = async (): Promise<boolean> =>
  (await exists(at.dataDir)) && (await readdir(at.dataDir)).some((name) => name.startsWith('postgres.init-'));
const isServerSpawned = async (): Promise<boolean> => (await serverPid(at.dataDir)) !== undefined;

/** Nothing that the service has started runs any more. */
async function expectNothingLeft(service: LaunchedService, children: readonly number[]): Promise<void> {
  await service.ended;
  for (const child of children) await inTime(5_000, `process ${child} to end`, () => isGone(child));
  const server = await serverPid(at.dataDir);
  expect(server === undefined || (await isGone(server))).toBe(true);
}

describe('the service, told to stop while it starts', () => {
  it('ends at once if the start has not begun', async () => {
    const service = LaunchedService.start({ DATA_DIR: at.dataDir });
    service.signal('SIGTERM');
    const { code, signal, stderr } = await service.ended;
    expect([code, signal, stderr]).toEqual([null, 'SIGTERM', '']);
    expect(await readdir(at.folder)).toEqual([]);
  });

  it.each([
    ['makes its cluster', isClusterMade],
    ['has just spawned its server', isServerSpawned],
  ])('exits with 0 and leaves nothing running when it %s', async (_when, comes) => {
    const service = LaunchedService.start({ DATA_DIR: at.dataDir });
    await inTime(30_000, 'the moment to come', comes);
    const children = await childrenOf(service.pid);
    service.signal('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
    expect(service.stdout).toContain('SIGTERM: ending the start.');
    expect(service.stdout).not.toContain('listens on');
    await expectNothingLeft(service, children);
  });

  it('exits with 0 when Ctrl-C also ends initdb, and the next start runs initdb again', async () => {
    const service = LaunchedService.start({ DATA_DIR: at.dataDir });
    await inTime(30_000, 'initdb to run', isClusterMade);
    const children = await childrenOf(service.pid);
    service.signalGroup('SIGINT');
    expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
    await expectNothingLeft(service, children);

    const second = await LaunchedService.start({ DATA_DIR: at.dataDir }).ready();
    expect((await readdir(at.dataDir)).sort()).toEqual(['postgres', 'postgres.log']);
    expect(await second.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
