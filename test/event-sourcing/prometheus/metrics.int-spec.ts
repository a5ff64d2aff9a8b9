import { Registry } from 'prom-client';
import { DomainError, SubscriptionAdmin } from '../../../src/event-sourcing/index.js';
import { DurableCqrsMetrics } from '../../../src/event-sourcing/prometheus/index.js';
import { bankDatabases, startBank } from '../../bank/bank-app.js';
import { eventually } from '../../support/eventually.js';

it('puts the metrics of the module on the registry of the application', async () => {
  const databases = await bankDatabases();
  const registry = new Registry();
  const monitor = new DurableCqrsMetrics(registry, { prefix: 'bank_' });
  const bank = await startBank(databases, { settings: { monitor } });
  await bank.move('a', 5);
  await expect(bank.move('a', -9)).rejects.toThrow(DomainError);
  const lines = [
    'bank_command_duration_seconds_count{command="MoveMoney",outcome="done"} 1',
    'bank_command_duration_seconds_count{command="MoveMoney",outcome="refused"} 1',
    'bank_append_conflicts_total 0',
    'bank_subscription_state{name="postman",kind="handler",state="running"} 1',
    'bank_subscription_lag{name="balances",kind="projection"} 0',
    'bank_subscription_parked{name="balances",kind="projection"} 0',
    'bank_subscriptions_known 1',
    'bank_outdated 0',
    'bank_log_lost_events 0',
    'bank_leases_held 2',
  ];
  // The handlers begin after the start, in any order.
  await eventually(
    'all metrics',
    async () => {
      const metrics = (await registry.metrics()).split('\n');
      return lines.filter((line) => !metrics.includes(line));
    },
    (missing) => missing.length === 0,
  );
  const text = await registry.metrics();
  expect(text).toMatch(/^bank_append_batch_size_count [1-9]/m);
  expect(text).toMatch(/^bank_pool_connections\{database="query",state="total"\} [1-9]/m);

  const admin = bank.context.get(SubscriptionAdmin);
  let looks = 0;
  const statuses = admin.statuses.bind(admin);
  admin.statuses = () => {
    looks += 1;
    return statuses();
  };
  await registry.metrics();
  expect(looks).toBe(1);

  await databases.drop();
  const without = await registry.metrics();
  expect(without).toMatch(/^bank_subscriptions_known 0$/m);
  expect(without).not.toMatch(/^bank_subscription_lag\{/m);
  await bank.stop();
});
