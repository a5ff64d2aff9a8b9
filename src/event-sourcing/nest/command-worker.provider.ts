import { Logger } from '@nestjs/common';
import { CommandBus, UnhandledExceptionBus } from '@nestjs/cqrs';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCommands } from '../commands/durable-commands.js';
import type { CommandRegistry } from '../kernel/command-registry.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { currentTraceparent } from '../runtime/message-context.js';
import { inSpan, type Tracing } from '../runtime/tracing.js';
import { DurableCqrsSettings } from './durable-cqrs.options.js';
import { provide } from './provide.js';
import { publishFailure } from './publish-failure.js';

/** Runs stored commands within spans that continue the traces that they were stored in. */
function inSpanOfCommand(
  tracing: Tracing,
  registry: CommandRegistry,
  run: (command: object) => Promise<unknown>,
): (command: object) => Promise<unknown> {
  return (command) => {
    const name = registry.nameOf(command);
    const attributes = { 'durable_cqrs.command': name };
    const parent = currentTraceparent() ?? null;
    const start = { name: `stored command ${name}`, kind: 'consumer', parent, attributes } as const;
    return inSpan(tracing, start, () => run(command));
  };
}

/** Runs stored commands. */
export const COMMAND_WORKER = provide(
  CommandWorker,
  [SubscriptionRunner, SettledLog, DurableCommands, CommandBus, UnhandledExceptionBus, DurableCqrsSettings],
  ({ memberId }, settled, commands, bus, exceptions, { retry, leaseMs, tracing }) => {
    const logger = new Logger('Commands');
    const run = (command: object): Promise<unknown> => bus.execute(command);
    const execute = tracing === undefined ? run : inSpanOfCommand(tracing, commands.registry, run);
    return new CommandWorker(memberId, commands, execute, retry, leaseMs, {
      onFailure: ({ command, instance, attempts, isParked, error }) => {
        const { type, source, metadata } = command;
        const fate = isParked ? 'is parked' : 'will be retried';
        logger.error(
          `"${type}" of "${source}" failed and ${fate} (attempt ${attempts}, ` +
            `correlation id ${metadata.correlationId}).`,
          error,
        );
        publishFailure(exceptions, instance ?? command, error, logger);
      },
      onTrouble: (error) => {
        logger.warn(`The stored commands could not be read or written: ${String(error)}`);
      },
      followsLog: () => settled.failure === undefined,
    });
  },
);
