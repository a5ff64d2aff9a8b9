import { loadConfig } from './config.js';
import { refusal } from './testing/refusal.js';

const ENDPOINT = 'http://127.0.0.1:4318';

describe("OpenTelemetry's variables", () => {
  it.each([
    [{}],
    [{ OTEL_SERVICE_NAME: 'shop' }],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }],
  ])('leave tracing off: %j', (env) => {
    expect(loadConfig(env).tracing).toBeUndefined();
  });

  it.each([
    ['http/protobuf', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['http/protobuf', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: 'false' }],
    ['http/json', { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }],
    ['http/json', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }],
  ])('turn tracing on, by %s: %j', (protocol, env) => {
    expect(loadConfig(env).tracing).toEqual({ protocol });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'yes'],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'ftp://collector'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
  ])('stop the start if one is malformed: %s=%s', (variable, value) => {
    expect(refusal({ [variable]: value })).toMatch(new RegExp(`^${variable} must be `));
  });
});
