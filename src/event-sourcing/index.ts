export * from './kernel/decider.js';
export * from './kernel/domain-error.js';
export * from './kernel/event.js';
export * from './kernel/event-registry.js';
export * from './kernel/recorded-event.js';
export * from './kernel/version-condition.js';
export * from './log/append/append.js';
export { isConnectionError, isEventIdTaken } from './postgres/database-errors.js';
export { EventFeed, type FeedFilter, type FeedPage } from './log/settled/event-feed.js';
export { EventRow } from './log/event.entity.js';
export { EventLog, type EventLogOptions } from './log/event-log.js';
export { newId } from './runtime/new-id.js';
export { LogMismatchError } from './log/log-identity.js';
export { SettledLog, type SettledLogObserver } from './log/settled/settled-log.js';
export { EventStore, type PastState } from './store/event-store.js';
export { StateCache } from './store/state-cache.js';
export type { Transaction } from './store/transaction.js';
export { CommandRegistry, UnknownCommandError, type CommandClass } from './kernel/command-registry.js';
export { recalled, type Recall } from './store/remembered-outcome.js';
export { metadataOfCommand } from './runtime/command-metadata.js';
export * from './runtime/message-context.js';
export { DurableCommandBus, type EnqueueOptions } from './nest/durable-command-bus.js';
export { cancelDue, dueCommand, type Due } from './commands/saga-wish.js';
export { DurableCommands } from './commands/durable-commands.js';
export { NO_MONITOR, type BatchReport, type CommandFate, type Monitor } from './runtime/monitor.js';
export { DurableEventBus } from './nest/durable-event-bus.js';
export {
  Projection,
  type ProjectionOptions,
  type RowOf,
  type RowsOf,
  type ViewKey,
  type ViewProjection,
  type ViewsProjection,
} from './projections/projection.js';
export { ViewRows, type KeyRows, type PlacedRows } from './projections/view-rows.js';
export { recordOf } from './kernel/record-of.js';
export { type Subscription } from './subscriptions/subscription.js';
export type { SubscriptionState } from './subscriptions/subscription-options.js';
export { type RetryPolicy } from './runtime/retry-policy.js';
export { DurableHandler, DurableSaga, type DurableHandlerOptions } from './runner/durable-handler.js';
export { SubscriptionRunner } from './runner/subscription-runner.js';
export { SubscriptionAdmin } from './runner/subscription-admin.js';
export type {
  ParkedItem,
  ParkedItemPage,
  ParkedItemPlace,
  SubscriptionStatus,
} from './runner/subscription-status.js';
export { runHandlersCli, type HandlersCliDatabases } from './nest/handlers-cli.js';
export { poolOf } from './postgres/pool-of.js';
export { ViewWatch } from './projections/view-watch.js';
export { LiveViews, type ProjectionOf } from './queries/live-views.js';
export { BEHIND, type LiveView } from './queries/live-view.js';
export * from './nest/event-sourcing.module.js';
export {
  type EventSourcingAsyncOptions,
  type EventSourcingOptions,
  type FeatureDefinitions,
} from './nest/event-sourcing.options.js';
export { COMMAND_DATA_SOURCE, QUERY_DATA_SOURCE } from './subscriptions/data-sources.js';
export { migrate } from './postgres/migrate.js';
export { commandSchema, querySchema } from './schema.js';
