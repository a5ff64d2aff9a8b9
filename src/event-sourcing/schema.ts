import type { MigrationInterface } from 'typeorm';
import { DurableCommandRow } from './commands/durable-command.entity.js';
import { CommandOutcomeRow } from './log/command-outcome.entity.js';
import { EventTypeRow } from './log/event-type.entity.js';
import { EventRow } from './log/event.entity.js';
import { LogIdentityRow } from './log/log-identity.entity.js';
import { SnapshotRow } from './log/snapshot.entity.js';
import { CreateEventLog1767139200000 } from './migrations/1767139200000-create-event-log.js';
import { CreateCheckpoints1767139200001 } from './migrations/1767139200001-create-checkpoints.js';
import { CreateLeasesAndParkedEvents1767139200002 } from './migrations/1767139200002-create-leases-and-parked-events.js';
import { CreateDurableCommands1767139200003 } from './migrations/1767139200003-create-durable-commands.js';
import { AnnounceHandlers1767139200004 } from './migrations/1767139200004-announce-handlers.js';
import { MarkFirstFill1767139200010 } from './migrations/1767139200010-mark-first-fill.js';
import { AnnounceReleases1767139200020 } from './migrations/1767139200020-announce-releases.js';
import { AppendBatches1767139200030 } from './migrations/1767139200030-append-batches.js';
import { WatchWaitingTimers1767139200040 } from './migrations/1767139200040-watch-waiting-timers.js';
import { CreateStreamSnapshots1767139200050 } from './migrations/1767139200050-create-stream-snapshots.js';
import { RecordRebuilds1767139200060 } from './migrations/1767139200060-record-rebuilds.js';
import { CloseEventLog1767139200100 } from './migrations/1767139200100-close-event-log.js';
import { ViewRebuildRow } from './projections/view-rebuild.entity.js';
import { PinSearchPath1767139200070 } from './migrations/1767139200070-pin-search-path.js';
import { SplitSubscriptions1767139200080 } from './migrations/1767139200080-split-subscriptions.js';
import { CheckpointRow } from './subscriptions/checkpoint.entity.js';
import { LeaseMemberRow } from './subscriptions/lease-member.entity.js';
import { ParkedEventRow } from './subscriptions/parked-event.entity.js';

/** What a TypeORM data source lists beside the entities and migrations of the application. */
export interface DatabaseSchema {
  /** TypeORM entities of the tables. */
  readonly entities: (new () => object)[];
  /** TypeORM migrations that create the tables, in order. */
  readonly migrations: (new () => MigrationInterface)[];
}

const SUBSCRIPTIONS = [CheckpointRow, LeaseMemberRow, ParkedEventRow, ViewRebuildRow];

/** The schema of the command database. */
export const commandSchema: DatabaseSchema = {
  entities: [
    EventRow,
    CommandOutcomeRow,
    LogIdentityRow,
    EventTypeRow,
    SnapshotRow,
    DurableCommandRow,
    ...SUBSCRIPTIONS,
  ],
  migrations: [
    CreateEventLog1767139200000,
    CreateCheckpoints1767139200001,
    CreateLeasesAndParkedEvents1767139200002,
    CreateDurableCommands1767139200003,
    AnnounceHandlers1767139200004,
    MarkFirstFill1767139200010,
    AnnounceReleases1767139200020,
    AppendBatches1767139200030,
    WatchWaitingTimers1767139200040,
    CreateStreamSnapshots1767139200050,
    RecordRebuilds1767139200060,
    PinSearchPath1767139200070,
    SplitSubscriptions1767139200080,
    CloseEventLog1767139200100,
  ],
};

/** The schema of the query database, beside the views. */
export const querySchema: DatabaseSchema = {
  entities: SUBSCRIPTIONS,
  migrations: [
    CreateCheckpoints1767139200001,
    CreateLeasesAndParkedEvents1767139200002,
    AnnounceHandlers1767139200004,
    MarkFirstFill1767139200010,
    AnnounceReleases1767139200020,
    RecordRebuilds1767139200060,
    SplitSubscriptions1767139200080,
  ],
};
