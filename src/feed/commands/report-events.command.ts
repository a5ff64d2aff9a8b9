import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v5 } from 'uuid';
import {
  currentMessageContext,
  EventRegistry,
  EventStore,
  metadataOfCommand,
  newId,
  streamId,
  type DataError,
} from '../../event-sourcing/index.js';
import { EventIntake, type Receipt } from '../event-intake.js';
import { EventInvalid, EventNotPublishable } from '../feed.errors.js';

/** An event that another system reports. */
export interface Report {
  /** A UUID that identifies a repeat. */
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Stores events of other systems, all or none. Refused with `EVENT_NOT_PUBLISHABLE`, `EVENT_INVALID`,
 * `VERSION_MISMATCH`, `TOO_MUCH_CONTENTION`.
 */
export class ReportEventsCommand extends Command<Receipt> {
  constructor(
    readonly stream: string,
    readonly reports: readonly Report[],
    /** The required version of the stream; `undefined` accepts any. */
    readonly expectedVersion: number | undefined,
  ) {
    super();
  }
}

@CommandHandler(ReportEventsCommand)
export class ReportEventsHandler implements ICommandHandler<ReportEventsCommand> {
  constructor(
    private readonly registry: EventRegistry,
    private readonly intake: EventIntake,
    private readonly store: EventStore,
  ) {}

  async execute({ stream, reports, expectedVersion }: ReportEventsCommand): Promise<Receipt> {
    try {
      return await this.report(stream, reports, expectedVersion);
    } catch (refusal) {
      // A refusal is an outcome too: a repeat of the request gets the same one. Other errors are thrown on.
      return this.store.firstOutcomeOf(() => {
        throw refusal;
      });
    }
  }

  private async report(
    stream: string,
    reports: readonly Report[],
    expectedVersion: number | undefined,
  ): Promise<Receipt> {
    this.check(stream, reports);
    const metadata = metadataOfCommand(newId());
    const events = reports.map(({ id, type, data }, index) => {
      return { id: id ?? idOfReport(index), event: this.registry.reported(type, data), metadata };
    });
    return this.intake.take(stream, events, expectedVersion);
  }

  private check(stream: string, reports: readonly Report[]): void {
    const checks = reports.map(({ type }, index) => {
      const check = this.registry.reportCheck(type);
      if (check === undefined) throw new EventNotPublishable(index, type);
      return check;
    });
    const errors = reports.flatMap(({ type }) => streamErrors(stream, type)).slice(0, 1);
    if (errors.length === 0) {
      checks.forEach((check, index) => {
        for (const { pointer, ...error } of check(reports[index]?.data ?? {}, streamId(stream))) {
          errors.push({ pointer: `/events/${index}/data${pointer}`, ...error });
        }
      });
    }
    if (errors.length > 0) throw new EventInvalid(errors);
  }
}

/** The stream of `product.price-reported` is one of category `product`: `product-<id>`. */
function streamErrors(stream: string, type: string): DataError[] {
  const prefix = `${type.split('.', 1)[0] ?? ''}-`;
  if (stream.startsWith(prefix) && stream.length > prefix.length) return [];
  return [{ pointer: '/stream', code: 'WRONG_CATEGORY', message: `must be ${prefix}<id> for "${type}"` }];
}

/** @returns the same id for a repeat of the request */
function idOfReport(index: number): string {
  const identity = currentMessageContext()?.identity;
  return identity ? v5(`${identity.fingerprint} ${index}`, identity.id) : newId();
}
