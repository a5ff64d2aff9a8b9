import { Injectable } from '@nestjs/common';
import { UnhandledExceptionBus } from '@nestjs/cqrs';

/**
 * Replaces the UnhandledExceptionBus of Nest. Failures of handlers and sagas are stored and retried instead of being
 * published, so a subscriber would get nothing.
 */
@Injectable()
export class UnheardExceptionBus extends UnhandledExceptionBus {
  override subscribe(): never {
    throw refusal('subscribe');
  }

  override pipe(): never {
    throw refusal('pipe');
  }

  override publish(): never {
    throw refusal('publish');
  }

  override get publisher(): never {
    throw refusal('publisher');
  }

  override set publisher(_publisher: unknown) {
    throw refusal('publisher');
  }
}

function refusal(method: string): Error {
  return new Error(
    `UnhandledExceptionBus.${method} is not supported: nothing is published here. ` +
      `A handler or saga that fails is retried and then ` +
      'parked. Its failures are in the log, and SubscriptionAdmin lists them.',
  );
}
