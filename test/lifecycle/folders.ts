import { join } from 'node:path';
import { makeFolder, removeFolder } from '../event-sourcing/embedded-postgres/service-process.js';
import { LaunchedService } from './launched-service.js';

/** Where a test's services keep their files. */
export interface Folders {
  /** Exists, and is empty. */
  readonly folder: string;
  /** A folder in it that does not exist yet. */
  readonly dataDir: string;
}

/** Gives every test of a file fresh folders, and ends and removes after it whatever is left. Call it once, at the top. */
export function useFolders(): Folders {
  const folders = { folder: '', dataDir: '' };
  beforeEach(async () => {
    folders.folder = await makeFolder();
    folders.dataDir = join(folders.folder, 'data');
  });
  afterEach(async () => {
    await LaunchedService.killAll();
    await removeFolder(folders.folder);
  });
  return folders;
}
