import { deepStrictEqual, fail } from 'node:assert/strict';
import { deepFreeze } from '../kernel/deep-freeze.js';
import type { DomainEvent } from '../kernel/event.js';
import { EventRegistry, type EventDefinitions } from '../kernel/event-registry.js';

/** Data of an event as the log has stored them, and the event that they are read as today. */
export interface StoredEventSample {
  /** The data, written out. Never change them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The event in the present schema version. */
  readonly event: DomainEvent;
}

/** Samples by type and schema version: `account.opened.v1`. */
export type StoredEventSamples = Readonly<Record<string, StoredEventSample>>;

/**
 * Loads a sample of every schema version of every event, as the log would. So an upcaster that is wrong, a property
 * that was renamed, and a version without a sample are found before old data are.
 * @param definitions as for `forFeature`; a list for several features
 * @param samples one for each version of each event, by `<type>.v<schema version>`
 * @throws AssertionError that lists the versions without a sample and the samples without a version, or shows how a
 *   sample differs from its event
 */
export function storedEventsContract(
  definitions: EventDefinitions | readonly EventDefinitions[],
  samples: StoredEventSamples,
): void {
  const registry = new EventRegistry();
  for (const each of [definitions].flat()) registry.register(each);
  checkNames(registry, Object.keys(samples));
  for (const [type, latest] of registry.schemaVersions) {
    for (let version = 1; version <= latest; version += 1) {
      const name = sampleName(type, version);
      const sample = samples[name];
      if (sample) checkSample(registry, { name, type, version, isLatest: version === latest }, sample);
    }
  }
}

interface SampleVersion {
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly isLatest: boolean;
}

function sampleName(type: string, version: number): string {
  return `${type}.v${version}`;
}

function checkNames(registry: EventRegistry, given: readonly string[]): void {
  const wanted = [...registry.schemaVersions].flatMap(([type, latest]) =>
    Array.from({ length: latest }, (_, index) => sampleName(type, index + 1)),
  );
  const missing = wanted.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !wanted.includes(name));
  const problems = [
    ...(missing.length > 0 ? [`Samples are missing: ${missing.join(', ')}. Add what the log stores.`] : []),
    ...(unknown.length > 0
      ? [`No registered event has these versions: ${unknown.join(', ')}. Stored events must stay registered.`]
      : []),
  ];
  if (problems.length > 0) fail(problems.join(' '));
}

function checkSample(
  registry: EventRegistry,
  { name, type, version, isLatest }: SampleVersion,
  { data, event }: StoredEventSample,
): void {
  // An upcaster that changes its input in place fails.
  const stored = deepFreeze(JSON.parse(JSON.stringify(data)) as Record<string, unknown>);
  deepStrictEqual(
    registry.rebuild(type, version, stored),
    event,
    `The sample "${name}" is not read as its event.`,
  );
  registry.classOf(event);
  if (!isLatest) return;
  const written: unknown = JSON.parse(JSON.stringify(event));
  deepStrictEqual(written, stored, `The event of "${name}" is not stored as its sample says.`);
}
