import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Tracing } from '../event-sourcing/index.js';
import { reporting, type ExportReport } from './export-report.js';
import { TracingUnavailableError } from './tracing.errors.js';
import type { OtlpProtocol, TracingSettings } from './tracing-settings.js';

const SERVICE_NAME = 'cartwright';

/** Tracing with OpenTelemetry, for the whole process. */
export interface OpenTelemetry {
  readonly tracing: Tracing;
  /** The members of a log line that say in which span it was written. */
  readonly logFields: () => object;
  /** Sends the spans that are left and ends. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Loads the SDK and starts it. It reads its own variables, `OTEL_…`, from the environment.
 * @param onReport called when spans could not be sent, at most once a minute
 * @throws TracingUnavailableError when a package is not installed
 */
export async function startOpenTelemetry(
  { protocol }: TracingSettings,
  onReport: ExportReport,
): Promise<OpenTelemetry> {
  const [api, sdk, resources, exporters, { openTelemetry }] = await Promise.all([
    installed('@opentelemetry/api', () => import('@opentelemetry/api')),
    installed('@opentelemetry/sdk-trace-node', () => import('@opentelemetry/sdk-trace-node')),
    installed('@opentelemetry/resources', () => import('@opentelemetry/resources')),
    EXPORTERS[protocol](),
    installed('@opentelemetry/api', () => import('../event-sourcing/opentelemetry/index.js')),
  ]);
  const named = resources.resourceFromAttributes({ 'service.name': SERVICE_NAME });
  const fromEnvironment = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(named).merge(fromEnvironment),
    // It drops spans when its queue is full, so an exporter that is away takes a bounded amount of memory.
    spanProcessors: [new sdk.BatchSpanProcessor(reporting(exporters(), onReport))],
  });
  provider.register();
  return {
    tracing: openTelemetry(),
    logFields: () => {
      const { traceId, spanId } = api.trace.getActiveSpan()?.spanContext() ?? {};
      return traceId === undefined ? {} : { trace_id: traceId, span_id: spanId };
    },
    async stop() {
      // Failures are reported by the exporter.
      await provider.shutdown().catch(() => undefined);
    },
  };
}

const EXPORTERS: Readonly<Record<OtlpProtocol, () => Promise<() => SpanExporter>>> = {
  'http/protobuf': async () => {
    const name = '@opentelemetry/exporter-trace-otlp-proto';
    const { OTLPTraceExporter } = await installed(
      name,
      () => import('@opentelemetry/exporter-trace-otlp-proto'),
    );
    return () => new OTLPTraceExporter();
  },
  'http/json': async () => {
    const name = '@opentelemetry/exporter-trace-otlp-http';
    const { OTLPTraceExporter } = await installed(
      name,
      () => import('@opentelemetry/exporter-trace-otlp-http'),
    );
    return () => new OTLPTraceExporter();
  },
};

async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TracingUnavailableError(
      `OTEL_… asks for traces, and the package ${name} is not installed: ` +
        'run npm install without --omit=optional, or set OTEL_SDK_DISABLED=true.',
      { cause },
    );
  }
}
