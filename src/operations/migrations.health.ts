import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { COMMAND_DATA_SOURCE, QUERY_DATA_SOURCE } from '../event-sourcing/index.js';

/** Up while both databases have the schema that this process needs. They had it at the start; the CLI may have reverted it since. */
@Injectable()
export class MigrationsHealth {
  constructor(
    private readonly indicator: HealthIndicatorService,
    @InjectDataSource(COMMAND_DATA_SOURCE) private readonly command: DataSource,
    @InjectDataSource(QUERY_DATA_SOURCE) private readonly query: DataSource,
  ) {}

  /** @param timeout milliseconds after which the answer of a database is no longer waited for */
  async check(key: string, timeout: number): Promise<HealthIndicatorResult> {
    const check = this.indicator.check(key);
    const looking = Promise.all([missingIn(this.command), missingIn(this.query)]);
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
