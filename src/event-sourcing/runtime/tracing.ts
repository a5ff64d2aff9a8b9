import { withTraceparent } from './message-context.js';
import { isSampled } from './traceparent.js';

/**
 * The role of a span: it serves a request (`server`), does work of this process (`internal`), waits for another system
 * (`client`), or handles what was stored before (`consumer`).
 */
export type SpanKind = 'server' | 'internal' | 'client' | 'consumer';

/** What a span says about its work. It holds no personal data, no ids and no secrets. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** How a span begins. */
export interface SpanStart {
  /** Has few different values: the name of a command or a handler, never an id. */
  readonly name: string;
  /** The role of the span. */
  readonly kind: SpanKind;
  /**
   * The `traceparent` of its parent; `null` begins a new trace. By default the parent is the running span, or else the
   * trace of the running message.
   */
  readonly parent?: string | null;
  /** The `traceparent` of each span of another trace to which it is related. */
  readonly links?: readonly string[];
  /** What is known at the start. */
  readonly attributes?: SpanAttributes;
}

/** A span that has begun. */
export interface Span {
  /** Its trace context (W3C), to send or to store with what follows from it. */
  readonly traceparent: string;
  /** Runs work for which this is the running span. */
  run<T>(work: () => T): T;
  /** Adds what became known later. */
  describe(attributes: SpanAttributes): void;
  /** Relates it to a span of another trace. */
  linkTo(traceparent: string): void;
  /** Ends it. @param error why the work failed; a DomainError is a refusal and no failure */
  end(error?: unknown): void;
}

/** Records spans. The module works without one; `durable-cqrs/opentelemetry` has one for OpenTelemetry. */
export interface Tracing {
  /** Begins a span. It is called during the work, so it must be fast and must not throw. */
  begin(start: SpanStart): Span;
}

/** Runs work within a span. What it stores belongs to the trace of the span. */
export function within<T>(span: Span, work: () => T): T {
  return span.run(() => withTraceparent(span.traceparent, work));
}

/** Runs work within a new span, which ends with it. */
export async function inSpan<T>(
  tracing: Tracing,
  start: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracing.begin(start);
  try {
    const result = await within(span, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/**
 * Begins the span of work that is done for several spans at once. It begins a trace of its own, links to them, and they
 * link to it.
 * @returns `undefined` unless at least two of the spans are recorded
 */
export function beginShared(
  tracing: Tracing,
  start: Omit<SpanStart, 'parent' | 'links'>,
  spans: readonly Span[],
): Span | undefined {
  const recorded = spans.filter(({ traceparent }) => isSampled(traceparent));
  if (recorded.length < 2) return undefined;
  const links = recorded.map(({ traceparent }) => traceparent);
  const shared = tracing.begin({ ...start, parent: null, links });
  for (const span of recorded) span.linkTo(shared.traceparent);
  return shared;
}
