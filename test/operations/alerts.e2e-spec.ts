import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { AS_NOBODY } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';
import { selectionsOf } from './promql.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const FILE = 'ops/prometheus/alerts.yaml';
const GUIDE = 'docs/operations.md';
/** Metrics that Prometheus makes itself, and labels that it adds to each scrape. */
const OF_PROMETHEUS = new Set(['up']);
const LABELS_OF_PROMETHEUS = ['job', 'instance'];

const rules = (parse(readFileSync(FILE, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const NOBODY = '127.0.0.1:1';
/** Nobody answers for a replica or for Kafka. They are left out, and their metrics are there. */
const service = useService('alerts', {
  QUERY_REPLICA_URLS: `postgres://nobody@${NOBODY}/none`,
  KAFKA_BROKERS: NOBODY,
  KAFKA_TOPICS: 'off',
  KAFKA_IN_TOPIC: 'reports',
  KAFKA_IN_ACTOR: 'erp',
});
/** Has samples, with the labels `replica` and `name`, only while a standby follows. */
const OF_STANDBYS = { metric: 'cartwright_replica_lag', labels: ['replica', 'name'] };

/** The labels of each metric of a scrape, by the names of its samples. */
async function scrape(): Promise<Map<string, Set<string>>> {
  const { text } = await service().http.get('/metrics', AS_NOBODY);
  const labels = new Map<string, Set<string>>();
  for (const [, name = '', list = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = labels.get(name) ?? new Set(LABELS_OF_PROMETHEUS);
    for (const [, label = ''] of list.matchAll(/([a-z_]+)="/g)) known.add(label);
    labels.set(name, known);
  }
  expect(text).toContain(`# TYPE ${OF_STANDBYS.metric} gauge`);
  labels.set(OF_STANDBYS.metric, new Set([...LABELS_OF_PROMETHEUS, ...OF_STANDBYS.labels]));
  return labels;
}

/** A scrape of a service that has done some work. */
async function busyScrape(): Promise<Map<string, Set<string>>> {
  await service().shop.stockAll(['MUG-1']);
  return eventually('the handlers to be measured', scrape, (all) =>
    all.has('cartwright_subscription_lag_seconds'),
  );
}

it('read only metrics and labels that the service has', async () => {
  const metrics = await busyScrape();
  const wrong = rules.flatMap(({ alert, expr }) =>
    selectionsOf(expr).flatMap(({ metric, matched, grouped }) => {
      if (OF_PROMETHEUS.has(metric)) return [];
      const labels = metrics.get(metric);
      if (!labels) return [`${alert}: ${metric}`];
      const used = [...matched.map(({ label }) => label), ...grouped];
      return used.filter((label) => !labels.has(label)).map((label) => `${alert}: ${metric}{${label}}`);
    }),
  );
  expect(wrong).toEqual([]);
});

it('compare labels only with values that the API has', async () => {
  const { text } = await service().http.get('/openapi.json', AS_NOBODY);
  const known = new Set([
    'job=cartwright',
    'outcome=failed',
    'outcome=dead-lettered',
    'state=waiting',
    'kind=relay',
  ]);
  for (const state of ['retrying', 'stopped', 'unattended']) {
    expect(text).toContain(`"${state}"`);
    known.add(`state=${state}`);
  }
  for (const [, code = ''] of text.matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/g)) known.add(`code=${code}`);
  const compared = rules
    .flatMap(({ expr }) => selectionsOf(expr))
    .flatMap(({ matched }) => matched.map(({ label, value }) => `${label}=${value}`));
  expect(compared.filter((one) => !known.has(one))).toEqual([]);
  expect(compared).toContain('code=INTERNAL_ERROR');
});

it('find a metric from the first scrape on, so that the first problem shows as an increase', async () => {
  const { text } = await service().http.get('/metrics', AS_NOBODY);
  for (const code of ['INTERNAL_ERROR', 'OVERLOADED'])
    expect(text).toContain(`cartwright_problems_total{code="${code}"} 0`);
  expect(text).toContain('cartwright_kafka_in_records_total{outcome="dead-lettered"} 0');
});

it('have a summary, a severity, a name of their own, and a row in the operations guide', () => {
  const [, section = ''] = /\n## Alerts\n([^]*?)\n## /.exec(readFileSync(GUIDE, 'utf8')) ?? [];
  const documented = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(documented).toEqual(rules.map(({ alert }) => alert));
  expect(new Set(documented).size).toBe(documented.length);
  for (const { labels, annotations } of rules) {
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\.$/);
  }
});

it('show what is wrong with an expression', () => {
  expect(() => selectionsOf('sum by (name (x)')).toThrow('Not PromQL');
  expect(selectionsOf('sum by (le, a) (rate(x_bucket{b="c"}[5m])) / y > 1')).toEqual([
    { metric: 'x_bucket', matched: [{ label: 'b', value: 'c' }], grouped: ['le', 'a'] },
    { metric: 'y', matched: [], grouped: [] },
  ]);
});
