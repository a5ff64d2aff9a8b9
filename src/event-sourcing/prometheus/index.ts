export { DurableCqrsMetrics, type DurableCqrsMetricsOptions } from './durable-cqrs-metrics.js';
