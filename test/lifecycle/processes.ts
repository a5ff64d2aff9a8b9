import { readFile } from 'node:fs/promises';

/** The process ids of the children that a process has at this moment. */
export async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

/** Whether a process has ended, waited for by its parent or not. */
export async function isGone(pid: number): Promise<boolean> {
  try {
    // Its words go when it ends.
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')) === '';
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return true;
    throw error;
  }
}
