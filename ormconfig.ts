import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { loadConfig } from './src/config/config.js';
import { commandDataSource } from './src/database/command-data-source.js';
import { queryDataSource } from './src/database/query-data-source.js';

/**
 * For the TypeORM CLI, which takes one data source a file: `DATABASE=command` (the default) or `DATABASE=query` chooses it,
 * `COMMAND_DATABASE_URL` and `QUERY_DATABASE_URL` tell where it is. Nothing in the service imports this.
 */
const { databaseUrls } = loadConfig(process.env);
if (!databaseUrls)
  throw new Error('Set COMMAND_DATABASE_URL and QUERY_DATABASE_URL to the databases to work on.');

const which = process.env['DATABASE'] ?? 'command';
if (which !== 'command' && which !== 'query')
  throw new Error(`DATABASE is "command" or "query", not "${which}".`);

export default new DataSource(
  which === 'query' ? queryDataSource(databaseUrls.query) : commandDataSource(databaseUrls.command),
);
