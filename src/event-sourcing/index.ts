// The domain: events, deciders and the errors of business rules.
export { event, type DomainEvent, type EventClass, type EventInstance } from './kernel/event.js';
export type { EventClasses, PlainEventClass } from './kernel/plain-event.js';
export {
  emptyStream,
  fold,
  streamId,
  streamName,
  type Decider,
  type HasCategory,
  type Versioned,
} from './kernel/decider.js';
export type { SnapshotOptions } from './kernel/snapshot-options.js';
export { DomainError } from './kernel/domain-error.js';
export {
  EventRegistry,
  UnknownEventError,
  type DataError,
  type EventDefinitions,
  type ReportCheck,
  type Upcaster,
} from './kernel/event-registry.js';
export type { Actor, EventMetadata, RecordedEvent } from './kernel/recorded-event.js';
export { recordOf } from './kernel/record-of.js';
export { isMet, type VersionCondition, type Versions } from './kernel/version-condition.js';

// The module and its options.
export { DurableCqrsModule } from './nest/durable-cqrs.module.js';
export {
  DurableCqrsSettings,
  type DatabaseOptions,
  type DurableCqrsAsyncOptions,
  type DurableCqrsOptions,
  type DurableCqrsOptionsFactory,
  type FeatureDefinitions,
  type PerDatabase,
  type TakenCqrsOptions,
} from './nest/durable-cqrs.options.js';
export type { RetryPolicy } from './runtime/retry-policy.js';
export type {
  BatchReport,
  CommandFate,
  ConnectionCount,
  MeasuredReplica,
  MeasuredSubscription,
  Measures,
  Monitor,
  SnapshotReport,
} from './runtime/monitor.js';

// The databases: data sources, schema and migrations.
export {
  COMMAND_DATA_SOURCE,
  COMMAND_DATABASE,
  QUERY_DATA_SOURCE,
  QUERY_DATABASE,
} from './nest/open-data-sources.js';
export { migrateDatabases } from './nest/migrate-databases.js';
export { DataSources } from './subscriptions/data-sources.js';
export {
  connectionSettings,
  type ConnectionChoices,
  type ConnectionSettings,
} from './postgres/connection-settings.js';
export { checkServer, UnsuitableServerError } from './postgres/check-server.js';
export { commandSchema, querySchema, type DatabaseSchema } from './schema.js';
export { migrate } from './postgres/migrate.js';
export { isConnectionError, isEventIdTaken } from './postgres/database-errors.js';
export { poolOf } from './postgres/pool-of.js';
export { SESSION_SETTINGS, withOperatorsCommit } from './postgres/session-settings.js';

// The write side: decisions that append events.
export { EventStore, type Placed } from './store/event-store.js';
export type { WatchedState } from './store/stream-cell.js';
export type { PastState } from './store/past-state.js';
export type { Transaction } from './store/transaction.js';
export type { Decided, Verdict } from './store/verdict.js';
export { recalled, type Recall } from './store/remembered-outcome.js';
export {
  LogUnavailableError,
  type Append,
  type AppendConflict,
  type Appended,
  type AppendRepeated,
  type AppendResult,
  type NewEvent,
  type RememberedCommand,
  type StreamCondition,
  type StreamWrite,
} from './log/append/append.js';
export type { PendingAppend } from './log/append/pending-append.js';

export { AggregateRepository } from './aggregates/aggregate-repository.js';
export { ConcurrentChangeError } from './aggregates/concurrent-change.js';
export type { Aggregate } from './aggregates/loaded-aggregate.js';

// The messages: contexts, ids, stored commands and timers.
export {
  currentMessageContext,
  identifyMessage,
  MessageIdentity,
  withMessageContext,
  type MessageContext,
  type MessageHandling,
} from './runtime/message-context.js';
export { within } from './runtime/tracing.js';
export type { Span, SpanAttributes, SpanKind, SpanStart, Tracing } from './runtime/tracing.js';
export { isTraceparent } from './runtime/traceparent.js';
export { metadataOfCommand } from './runtime/command-metadata.js';
export { newId } from './runtime/new-id.js';
export { DurableCommandBus, type EnqueueOptions } from './nest/durable-command-bus.js';
export { UnknownCommandError, type CommandClass } from './kernel/command-registry.js';
export { MessageRequest } from './commands/async-context.js';
export { cancelDue, dueCommand, type Due } from './commands/saga-wish.js';

// The log: reading and following it.
export { EventLog, type StoredListener } from './log/event-log.js';
export { LogMismatchError } from './log/log-identity.js';
export type { LogEntry, QueryRows, StreamTail } from './log/event-reader.js';
export { SettledLog, type LogPosition } from './log/settled/settled-log.js';
export { EventFeed, type FeedFilter, type FeedPage } from './log/settled/event-feed.js';

// Event handlers, sagas and projections.
export {
  DurableHandler,
  DurableSaga,
  type DurableHandlerOptions,
  type DurableSagaOptions,
} from './runner/durable-handler.js';
export { Relay, RelayRefusedError, type EventRelay, type RelayOptions } from './relays/relay.js';
export { partitionOf, type Partition } from './subscriptions/partition.js';
export type {
  StartAt,
  SubscriptionKind,
  SubscriptionOptions,
  SubscriptionState,
} from './subscriptions/subscription-options.js';
export {
  Projection,
  type NamedProjection,
  type OneView,
  type ProjectionClass,
  type ProjectionOptions,
  type RowOf,
  type RowsOf,
  type RowsProjection,
  type SeveralViews,
  type ViewEntities,
  type ViewKey,
  type ViewProjection,
  type ViewsProjection,
} from './projections/projection.js';

// Queries.
export { LiveViews, type ProjectionOf } from './queries/live-views.js';
export { BEHIND, type LiveView } from './queries/live-view.js';
export type { TablesQuery } from './queries/query-tables.js';
export { ViewBehindError } from './queries/until-reached.js';

// Operations: the state of handlers, parked events, rebuilds, and the command line.
export { SubscriptionRunner } from './runner/subscription-runner.js';
export type { SubscribedHandler } from './subscriptions/subscribed-handler.js';
export { SubscriptionAdmin } from './runner/subscription-admin.js';
export type {
  ParkedItem,
  ParkedItemPage,
  ParkedItemPlace,
  PartitionStatus,
  StatusState,
  SubscriptionStatus,
} from './runner/subscription-status.js';
export {
  DurableCqrsHealth,
  type HealthOptions,
  type HealthResult,
  type HealthState,
} from './operations/durable-cqrs-health.js';
export {
  DurableCqrsExceptionFilter,
  type DurableCqrsExceptionFilterOptions,
} from './operations/durable-cqrs-exception.filter.js';
export {
  DurableCqrsAdminModule,
  type DurableCqrsAdminOptions,
} from './operations/durable-cqrs-admin.module.js';
export type { StoredCommandItem, StoredCommandPage } from './runner/stored-command-list.js';
export type { AnsweredError } from './operations/problem.js';
export { runCli, type CliSurroundings } from './cli/run-cli.js';
export type { OnProgress } from './cli/report.js';
export { RebuildError, type RebuildProgress } from './projections/rebuild-records.js';
export type { DatabaseUrls } from './cli/databases.js';
export type { DatabasePair } from './subscriptions/data-sources.js';
