import type { OtlpProtocol, TracingSettings } from '../tracing/tracing-settings.js';

/** The samplers that OpenTelemetry's SDK has. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** OpenTelemetry's variables that turn tracing on and off. The SDK reads all others by itself. */
interface TracingVariables {
  readonly OTEL_SDK_DISABLED: 'true' | 'false';
  readonly OTEL_TRACES_EXPORTER: 'otlp' | 'none' | undefined;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL: OtlpProtocol;
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: OtlpProtocol | undefined;
}

/** @returns undefined unless the variables name an exporter, or a place to send traces to */
export function tracingOf(values: TracingVariables): TracingSettings | undefined {
  const endpoint = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exporter = values.OTEL_TRACES_EXPORTER ?? (endpoint === undefined ? 'none' : 'otlp');
  if (values.OTEL_SDK_DISABLED === 'true' || exporter === 'none') return undefined;
  const protocol = values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL;
  return Object.freeze({ protocol });
}
