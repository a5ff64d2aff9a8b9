import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { DataSource } from 'typeorm';

/**
 * Up while databases have the schema that this process needs. They had it at the start; the CLI may have reverted it
 * since.
 */
@Injectable()
export class MigrationsHealth {
  constructor(private readonly indicator: HealthIndicatorService) {}

  /** @param timeout milliseconds after which the answer of a database is no longer waited for */
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
      // The databases have checks of their own, which say more.
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
