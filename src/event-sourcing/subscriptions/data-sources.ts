import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** Name of the TypeORM data source of the command database, which the application provides. */
export const COMMAND_DATA_SOURCE = 'command';
/** Name of the TypeORM data source of the query database, which the application provides. */
export const QUERY_DATA_SOURCE = 'query';

/** The data sources of the two databases. They may lead to one database. */
@Injectable()
export class DataSources {
  constructor(
    /** The log, and the checkpoints of plain handlers and sagas. */
    @InjectDataSource(COMMAND_DATA_SOURCE) readonly command: DataSource,
    /** The views, and the checkpoints of their projections. */
    @InjectDataSource(QUERY_DATA_SOURCE) readonly query: DataSource,
  ) {}
}
