import type { Logger } from '@nestjs/common';
import type { UnhandledExceptionBus } from '@nestjs/cqrs';
import { errorDetails } from '../runtime/error-details.js';

/**
 * Publishes a failed attempt on the bus. If the publisher of the application throws or rejects, that is logged and
 * nothing else: it must not keep the failed event or command from being retried or parked.
 * @param cause the event or command
 */
export function publishFailure(
  exceptions: Pick<UnhandledExceptionBus<unknown>, 'publish'>,
  cause: object,
  exception: unknown,
  logger: Logger,
): void {
  const publish = async (): Promise<void> => {
    await (exceptions.publish({ cause, exception }) as unknown);
  };
  publish().catch((error: unknown) => {
    logger.error('The unhandledExceptionPublisher failed to publish a failure.', errorDetails(error));
  });
}
