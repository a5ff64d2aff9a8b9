import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../support/eventually.js';

/** A span as OTLP has it in JSON; ids are hexadecimal. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** The numbers of kinds of spans in OTLP. */
export const KIND = { internal: 1, server: 2, client: 3, consumer: 5 } as const;

interface Export {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

/** A receiver of traces by OTLP over HTTP, on loopback. It understands JSON and keeps what it gets. */
export class OtlpReceiver {
  /** Types of the bodies. */
  readonly types: (string | undefined)[] = [];
  /** The bodies as they came. */
  readonly bodies: string[] = [];
  /** While it is set, exports wait for their answers. */
  private gate: Promise<void> | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      receiver.take(request, response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
    return receiver;
  }

  /** The environment that makes a service send its spans here, in JSON and at once. */
  get env(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
  }

  get spans(): ExportedSpan[] {
    return this.bodies
      .map((body) => JSON.parse(body) as Export)
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans);
  }

  /** Keeps exports waiting. @returns the function that ends that */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.gate = undefined;
      release();
    };
  }

  /** Waits until spans of a trace with all these names have arrived. @returns all spans of the trace */
  async trace(traceId: string, names: readonly string[]): Promise<ExportedSpan[]> {
    return eventually(
      `the spans ${names.join(', ')}`,
      () => Promise.resolve(this.spans.filter((span) => span.traceId === traceId)),
      (spans) => names.every((name) => spans.some((span) => span.name === name)),
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    await this.gate;
    this.types.push(request.headers['content-type']);
    this.bodies.push(Buffer.concat(parts).toString('latin1'));
    response.setHeader('content-type', 'application/json').end('{}');
  }
}
