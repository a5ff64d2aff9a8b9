import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { SnapshotOptions } from '../kernel/snapshot-options.js';
import type { StoredSnapshot } from '../log/snapshot-table.js';
import { handOut } from '../runtime/hand-out.js';
import type { AnyDecider } from './stream-cell.js';

/** What a snapshot says, without its state. */
type Heading = Omit<StoredSnapshot, 'state' | 'checksum'>;

/**
 * Identifies the fold of a decider: the version that it declares, and a digest of what leads from events to states, as
 * far as its source shows it. The digest is a safety net for a version that somebody has forgotten to raise. It misses
 * changes in functions that `evolve` calls.
 * @param upcasting describes the upcasters, because they change what `evolve` gets
 */
export function foldOf(decider: AnyDecider, snapshots: SnapshotOptions<unknown>, upcasting: string): string {
  const code = [sourceOf(decider, 'evolve'), sourceOf(snapshots, 'serialize'), sourceOf(snapshots, 'parse')];
  let initial: string | undefined;
  try {
    initial = toJson(snapshots, decider.initialState);
  } catch {
    // The first snapshot fails with the same error, which is then reported.
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([code, initial, upcasting]))
    .digest('hex');
  return `${snapshots.version}-${digest.slice(0, 16)}`;
}

/**
 * Makes a snapshot of a state.
 * @throws Error for a state that would not be the same after it was stored and read
 */
export function encodeSnapshot(
  heading: Heading,
  state: unknown,
  snapshots: SnapshotOptions<unknown>,
): StoredSnapshot {
  const text = toJson(snapshots, state);
  if (text === undefined || !isDeepStrictEqual(handOut(fromJson(snapshots, text)), state)) {
    throw new Error(
      `The state of decider "${heading.decider}" is not the same after it was converted to JSON and back, so no ` +
        'snapshot is taken. JSON has no Date, Map, Set, undefined or class. Convert the state in snapshots.serialize ' +
        'and snapshots.parse of the decider.',
    );
  }
  return { ...heading, state: text, checksum: checksumOf(heading, text) };
}

/**
 * The state of a snapshot.
 * @throws Error for a damaged one
 */
export function decodeSnapshot(stored: StoredSnapshot, snapshots: SnapshotOptions<unknown>): unknown {
  if (checksumOf(stored, stored.state) !== stored.checksum) {
    throw new Error(
      `The snapshot of "${stored.stream}" at version ${stored.version} does not match its checksum. ` +
        'It is ignored, and replaced by the next one.',
    );
  }
  return fromJson(snapshots, stored.state);
}

function toJson(snapshots: SnapshotOptions<unknown>, state: unknown): string | undefined {
  return JSON.stringify(snapshots.serialize ? snapshots.serialize(state) : state);
}

function fromJson(snapshots: SnapshotOptions<unknown>, text: string): unknown {
  const json: unknown = JSON.parse(text);
  return snapshots.parse ? snapshots.parse(json) : json;
}

function checksumOf({ stream, decider, fold, version, eventId }: Heading, text: string): string {
  return createHash('sha256')
    .update(JSON.stringify([stream, decider, fold, version, eventId]))
    .update(text)
    .digest('base64url');
}

function sourceOf(owner: object, method: string): string {
  return String(Reflect.get(owner, method));
}
