import type { StoredCommandItem } from '../../runner/stored-command-list.js';
import type { ParkedItem } from '../../runner/subscription-status.js';
import type { MemoryCommand } from './memory-command-rows.js';
import type { MemoryParkedEvent } from './memory-parked-events.js';

/** A parked event as operators see it. */
export function eventItem({
  eventId,
  stream,
  position,
  type,
  attempts,
  error,
  retryAt,
  parkedAt,
}: MemoryParkedEvent): ParkedItem {
  const times = { parkedAt: new Date(parkedAt), retryAt: retryAt === null ? null : new Date(retryAt) };
  return { id: eventId, stream, position, type, attempts, error, ...times };
}

/** A parked command as operators see it. */
export function commandItem({
  runId,
  queue,
  source,
  type,
  attempts,
  error,
  createdAt,
}: MemoryCommand): ParkedItem {
  const stream = queue?.slice(source.length + 1) ?? null;
  return {
    id: runId,
    stream,
    position: null,
    type,
    attempts,
    error,
    parkedAt: new Date(createdAt),
    retryAt: null,
  };
}

/** A stored command as operators see it. */
export function storedItem({
  runId,
  type,
  source,
  dueAt,
  holder,
  attempts,
  error,
  createdAt,
}: MemoryCommand): StoredCommandItem {
  const state = dueAt === null ? 'parked' : holder === undefined ? 'waiting' : 'running';
  const times = { dueAt: dueAt === null ? null : new Date(dueAt), createdAt: new Date(createdAt) };
  return { id: runId, type, source, state, attempts, error, ...times };
}
