import type { DataSource } from 'typeorm';

/** One data source for each database. They may be one data source. */
export interface DatabasePair {
  /** The log, stored commands, and the checkpoints of plain handlers and sagas. */
  readonly command: DataSource;
  /** The views, and the checkpoints of their projections. */
  readonly query: DataSource;
}

/** The data sources of the two databases. They may lead to one database, and may be one data source. */
export class DataSources implements DatabasePair {
  /** @internal */
  constructor(
    /** The log, stored commands, and the checkpoints of plain handlers and sagas. */
    readonly command: DataSource,
    /** The views, and the checkpoints of their projections. */
    readonly query: DataSource,
    /** Those that this module has initialized, and closes. */
    private readonly owned: readonly DataSource[] = [],
  ) {}

  /** Closes the data sources that this module has initialized. @internal */
  async close(): Promise<void> {
    await Promise.all(this.owned.filter((one) => one.isInitialized).map((one) => one.destroy()));
  }
}
