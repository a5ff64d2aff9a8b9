import { RebuildError, RebuildRecords, type RebuildProgress } from '../projections/rebuild-records.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import { CliError } from './cli-error.js';
import { statusesOf, type OnProgress, type Report } from './report.js';
import { duration } from './table.js';

/** How long a request waits for a process to take it up, in milliseconds. A process looks each second. */
const UNWANTED_MS = 15_000;
const BAR = 20;
const MS_A_SECOND = 1_000;

/**
 * Asks the running application to rebuild a view, and waits until the new view has replaced the present one.
 * @throws CliError if no process can do it, or the view was not replaced
 */
export async function rebuildReport(
  databases: DatabasePair,
  name: string,
  onProgress: OnProgress,
): Promise<Report> {
  await checkRebuildable(databases, name);
  const begunAt = performance.now();
  const records = new RebuildRecords(databases.query);
  const id = await records.request(name);
  let last: RebuildProgress | undefined;
  try {
    await records.outcome(name, id, async ({ state }) => {
      if (state === 'requested' && performance.now() - begunAt > UNWANTED_MS) await giveUp(records, name, id);
      if (state === 'requested') onProgress(`${name}: waits for a process`);
      if (state !== 'running') return;
      last = (await records.progress(name)) ?? last;
      if (last) onProgress(progressLine(name, last));
    });
  } catch (error) {
    if (error instanceof RebuildError)
      throw new CliError(`The view of "${name}" was not rebuilt: ${error.message}`);
    throw error;
  }
  const target = last?.target ?? (await records.position(name));
  onProgress(progressLine(name, { position: target, target }));
  const seconds = (performance.now() - begunAt) / MS_A_SECOND;
  return { text: `Rebuilt "${name}" in ${duration(seconds)}.`, json: { rebuilt: name, seconds } };
}

async function checkRebuildable(databases: DatabasePair, name: string): Promise<void> {
  const status = (await statusesOf(databases)).find((one) => one.name === name);
  if (!status) throw new CliError(`There is no handler "${name}".`);
  const { kind, state } = status;
  if (kind !== 'projection')
    throw new CliError(`"${name}" is a ${kind}. Only the view of a projection can be rebuilt.`);
  if (state !== 'unattended' && state !== 'outdated') return;
  throw new CliError(
    `No running process has the projection "${name}", and only the code of the projection can rebuild its view. ` +
      'Start the application and run this again.',
  );
}

async function giveUp(records: RebuildRecords, name: string, id: string): Promise<void> {
  if (!(await records.withdraw(id))) return;
  throw new CliError(
    `No process has begun to rebuild "${name}". The processes with this projection may be of a version that takes no ` +
      'requests. The request was withdrawn.',
  );
}

/** How far a rebuild has come, in whole percent. */
export function percentOf({ position, target }: RebuildProgress): number {
  return target === 0 ? 100 : Math.min(Math.floor((position / target) * 100), 100);
}

function progressLine(name: string, progress: RebuildProgress): string {
  const percent = percentOf(progress);
  const bar = '#'.repeat(Math.round((percent / 100) * BAR)).padEnd(BAR, '-');
  return `${name}  [${bar}]  ${String(percent).padStart(3)} %  ${progress.position} of ${progress.target}`;
}
