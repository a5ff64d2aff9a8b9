export { startPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres.js';
export {
  EmbeddedPostgresError,
  joinEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type JoinedPostgres,
} from './embedded-postgres.js';
export { reasonOf } from './embedded-postgres.errors.js';
