import { Injectable } from '@nestjs/common';
import { UnhandledExceptionBus } from '@nestjs/cqrs';

/**
 * Stands in the place of Nest's UnhandledExceptionBus. Failures of handlers and sagas are stored and tried again instead of being
 * published, so whoever listens here would hear nothing.
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
    `UnhandledExceptionBus.${method}: nothing is published here. A handler or saga that fails is tried again and then parked: its failures are in the log, and SubscriptionAdmin lists them.`,
  );
}
