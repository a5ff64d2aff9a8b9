/** How this process sends its spans. The SDK reads OpenTelemetry's other variables from the environment itself. */
export interface TracingSettings {
  /** The encoding of OTLP over HTTP. */
  readonly protocol: OtlpProtocol;
}

/** The encodings of OTLP that this service has exporters for. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** One of them. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
