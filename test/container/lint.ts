import { execFileSync, spawnSync } from 'node:child_process';

const SECRETS = {
  POSTGRES_PASSWORD: 'p',
  REPLICATION_PASSWORD: 'r',
  AUTH_JWT_SECRET: 'a',
  CART_TOKEN_SECRETS: 'c',
};

/** Programs that check files of a deployment, and how each is called. */
const LINTERS: readonly (readonly [program: string, ...parameters: string[]])[] = [
  ['hadolint', 'Dockerfile'],
  ['docker-compose', 'config', '--quiet'],
  ['haproxy', '-c', '-q', '-f', 'ops/haproxy/haproxy.cfg'],
  ['promtool', 'check', 'config', '--lint=all', '--lint-fatal', 'ops/prometheus/prometheus.yml'],
  ['promtool', 'test', 'rules', 'ops/prometheus/alerts.test.yaml'],
  ['bash', '-n', 'ops/postgres/prepare-primary.sh'],
  ['bash', '-n', 'ops/postgres/run-standby.sh'],
];

/**
 * Runs the linters that this machine has; in CI it has to have all of them.
 * @returns their names
 * @throws Error when one finds a fault
 */
export function lint(): string[] {
  const names = [...new Set(LINTERS.map(([program]) => program))];
  const present = names.filter((name) => spawnSync('which', [name]).status === 0);
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length > 0 && process.env['CI'] !== undefined)
    throw new Error(`Not installed: ${missing.join(', ')}.`);
  for (const [program, ...parameters] of LINTERS) {
    if (!present.includes(program)) continue;
    execFileSync(program, parameters, {
      env: { PATH: process.env['PATH'], ...SECRETS },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return present;
}
