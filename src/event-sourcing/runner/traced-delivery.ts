import type { RecordedEvent } from '../kernel/recorded-event.js';
import { withTraceparent } from '../runtime/message-context.js';
import { isSampled } from '../runtime/traceparent.js';
import { beginShared, within, type Span, type SpanStart, type Tracing } from '../runtime/tracing.js';
import type { Work } from '../subscriptions/checkpoint-move.js';
import type { Batch, Delivery, Unsent } from '../subscriptions/delivery.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';

/** A handler that reads the past, such as a new projection, adds nothing to old traces. In milliseconds. */
const OLDEST_MS = 60 * 60 * 1_000;

/** The effects of a delivery were not written. The events are delivered again. */
class NotWrittenError extends Error {
  override readonly name = 'NotWrittenError';
}

/**
 * Records a delivery in the traces of its events. A plain handler has a span for each event. Projections, sagas and
 * relays have one for each trace of a batch, which ends when their effects are on disk; a batch with events of several traces has a
 * span of its own, which links to them.
 */
export class TracedDelivery implements Delivery {
  private current: TracedBatch | undefined;
  private readonly start: SpanStart;
  private readonly endsAtOnce: boolean;

  constructor(
    private readonly delivery: Delivery,
    private readonly tracing: Tracing,
    { name, kind }: Pick<SubscriptionOptions, 'name' | 'kind'>,
  ) {
    const attributes = { 'durable_cqrs.handler': name, 'durable_cqrs.handler.kind': kind };
    this.start = { name: `${kind} ${name}`, kind: 'consumer', attributes };
    this.endsAtOnce = kind === 'handler';
  }

  keyOf(recorded: RecordedEvent): string {
    return this.delivery.keyOf(recorded);
  }

  async begin(events: readonly RecordedEvent[]): Promise<Batch> {
    const batch = await this.delivery.begin(events);
    this.current = new TracedBatch(batch, this.tracing, this.start, this.endsAtOnce);
    return this.current;
  }

  forget(): void {
    this.current?.endAll(new NotWrittenError());
    this.current = undefined;
    this.delivery.forget();
  }
}

class TracedBatch implements Batch {
  /** Spans that have not ended, by the trace context of their events. */
  private readonly open = new Map<string, Span>();
  private shared: Span | undefined;
  private events = 0;
  /** Present if the delivery sends whole batches. */
  readonly send?: () => Promise<readonly Unsent[]>;

  constructor(
    private readonly batch: Batch,
    private readonly tracing: Tracing,
    private readonly start: SpanStart,
    private readonly endsAtOnce: boolean,
  ) {
    const send = batch.send?.bind(batch);
    if (send) this.send = () => this.sendTraced(send);
  }

  get reliesUntil(): number {
    return this.batch.reliesUntil ?? Infinity;
  }

  take(recorded: RecordedEvent): Promise<void> | undefined {
    const parent = tracedIn(recorded);
    // The loop of the subscription may have been started within the trace of something else.
    if (parent === undefined) return withTraceparent(undefined, () => this.batch.take(recorded));
    const span = this.spanOf(parent, recorded);
    this.events += 1;
    try {
      const taking = within(span, () => this.batch.take(recorded));
      if (taking)
        return taking.then(
          () => {
            this.taken(parent);
          },
          (error: unknown) => this.failed(parent, error),
        );
      this.taken(parent);
      return undefined;
    } catch (error) {
      return this.failed(parent, error);
    }
  }

  work(): Work | undefined {
    const work = this.batch.work();
    if (work) this.share();
    else this.endAll();
    return work;
  }

  written(): void {
    this.batch.written();
    this.endAll();
  }

  /** Ends all spans of the batch. */
  endAll(error?: unknown): void {
    for (const span of this.open.values()) span.end(error);
    this.open.clear();
    this.shared?.end(error);
    this.shared = undefined;
  }

  private async sendTraced(send: () => Promise<readonly Unsent[]>): Promise<readonly Unsent[]> {
    this.share();
    const unsent = await send();
    for (const { recorded, error } of unsent) {
      const parent = tracedIn(recorded);
      if (parent !== undefined) this.end(parent, error ?? new NotWrittenError());
    }
    return unsent;
  }

  /** Begins the span of the whole batch, if it works for several traces. */
  private share(): void {
    const { name, kind, attributes } = this.start;
    const ofBatch = { ...attributes, 'durable_cqrs.events': this.events };
    const start = { name: `${name} batch`, kind, attributes: ofBatch };
    this.shared ??= beginShared(this.tracing, start, [...this.open.values()]);
  }

  private spanOf(parent: string, { event }: RecordedEvent): Span {
    const known = this.open.get(parent);
    if (known) return known;
    const attributes = { ...this.start.attributes, 'durable_cqrs.event': event.type };
    const span = this.tracing.begin({ ...this.start, parent, attributes });
    this.open.set(parent, span);
    return span;
  }

  private taken(parent: string): void {
    if (this.endsAtOnce) this.end(parent);
  }

  private failed(parent: string, error: unknown): never {
    this.end(parent, error);
    throw error;
  }

  private end(parent: string, error?: unknown): void {
    this.open.get(parent)?.end(error);
    this.open.delete(parent);
  }
}

/** The trace of an event that is recorded and not over; else `undefined`. */
function tracedIn({ metadata: { traceparent }, occurredAt }: RecordedEvent): string | undefined {
  if (traceparent === undefined || !isSampled(traceparent)) return undefined;
  return Date.now() - occurredAt.getTime() > OLDEST_MS ? undefined : traceparent;
}
