import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { DataSource } from 'typeorm';

/** Up while databases have the schema that this process needs. The CLI may revert migrations after the start. */
@Injectable()
export class MigrationsHealth {
  constructor(private readonly indicator: HealthIndicatorService) {}

  /** @param timeout milliseconds to wait for the answer of a database */
  async check(
    key: string,
    databases: readonly DataSource[],
    timeout: number,
  ): Promise<HealthIndicatorResult> {
    const check = this.indicator.check(key);
    const looking = Promise.all(databases.map(missingIn));
    const tooLong = sleep(timeout, undefined, { ref: false });
    try {
      const missing = (await Promise.race([looking, tooLong]))?.flat();
      return missing?.length === 0 ? check.up() : check.down({ missing: missing ?? 'not known' });
    } catch {
      // Other checks report an unreachable database with details.
      return check.down({ missing: 'not known' });
    }
  }
}

async function missingIn(database: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await database.query('SELECT name FROM migrations');
  return database.migrations
    .map(({ name, constructor }) => name ?? constructor.name)
    .filter((needed) => !rows.some(({ name }) => name === needed));
}
