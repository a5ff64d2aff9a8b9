import {
  context,
  ROOT_CONTEXT,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { DomainError } from '../kernel/domain-error.js';
import { currentTraceparent } from '../runtime/message-context.js';
import { isTraceparent } from '../runtime/traceparent.js';
import type { Span, SpanAttributes, SpanKind, SpanStart, Tracing } from '../runtime/tracing.js';

const KINDS: Readonly<Record<SpanKind, OtelSpanKind>> = {
  server: OtelSpanKind.SERVER,
  internal: OtelSpanKind.INTERNAL,
  client: OtelSpanKind.CLIENT,
  consumer: OtelSpanKind.CONSUMER,
};

/**
 * Records the spans of `DurableCqrsModule` with OpenTelemetry: `DurableCqrsModule.forRoot({ tracing: openTelemetry() })`.
 * It uses the tracer provider and the context manager that the application has registered with `@opentelemetry/api`.
 * Without them nothing is recorded.
 * @param tracer by default that of the registered provider, with the name `durable-cqrs`
 */
export function openTelemetry(tracer: Tracer = trace.getTracer('durable-cqrs')): Tracing {
  return {
    begin({ name, kind, parent, links = [], attributes = {} }: SpanStart): Span {
      const around = parentContext(parent);
      const options = {
        kind: KINDS[kind],
        attributes,
        links: links.flatMap((link) => linkTo(link) ?? []),
      };
      const span = tracer.startSpan(name, options, around);
      return new OpenTelemetrySpan(span, trace.setSpan(around, span));
    },
  };
}

class OpenTelemetrySpan implements Span {
  readonly traceparent: string;

  constructor(
    private readonly span: OtelSpan,
    private readonly context: Context,
  ) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  run<T>(work: () => T): T {
    return context.with(this.context, work);
  }

  describe(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  linkTo(traceparent: string): void {
    const link = linkTo(traceparent);
    if (link) this.span.addLink(link);
  }

  end(error?: unknown): void {
    if (error instanceof DomainError) this.span.setAttribute('durable_cqrs.refusal', error.code);
    else if (error !== undefined) {
      // Not recorded as an exception: messages and stacks may hold personal data.
      this.span.setAttribute('error.type', error instanceof Error ? error.constructor.name : typeof error);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** The context of the parent. An invalid `traceparent` begins a new trace, as W3C Trace Context requires. */
function parentContext(parent: string | null | undefined): Context {
  if (parent === undefined && trace.getSpan(context.active()) !== undefined) return context.active();
  const traceparent = parent === undefined ? currentTraceparent() : parent;
  const remote = traceparent ? spanContextOf(traceparent) : undefined;
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

function linkTo(traceparent: string): { readonly context: SpanContext } | undefined {
  const linked = spanContextOf(traceparent);
  return linked && { context: linked };
}

function spanContextOf(traceparent: string): SpanContext | undefined {
  if (!isTraceparent(traceparent)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
