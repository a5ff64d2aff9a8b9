import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Called with the number of spans that were lost since the last report, and with the last error. */
export type ExportReport = (lost: number, error: string) => void;

const REPORT_EVERY_MS = 60_000;

/** An exporter that reports spans that could not be sent, at most once a minute. */
export function reporting(exporter: SpanExporter, report: ExportReport): SpanExporter {
  let lost = 0;
  let reportedAt = -Infinity;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error) {
          lost += spans.length;
          if (performance.now() - reportedAt > REPORT_EVERY_MS) {
            report(lost, result.error.message.split('\n', 1)[0] ?? '');
            reportedAt = performance.now();
            lost = 0;
          }
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
