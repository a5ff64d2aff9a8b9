import { getPostgreSQLEventStore, type EventStore } from '@event-driven-io/emmett-postgresql';

export type { EventStore } from '@event-driven-io/emmett-postgresql';

/** Emmett's event store on an empty database, with its default pool and without projections. */
export async function openEmmett(url: string): Promise<EventStore> {
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  return store;
}
