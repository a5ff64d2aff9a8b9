import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { reasonOf, UnsuitableServerError } from '../postgres/check-server.js';
import { isConnectionError, isPoolExhausted, sqlState } from '../postgres/database-errors.js';
import { withoutPassword } from '../postgres/without-password.js';
import { Signal } from '../runtime/signal.js';
import type { Positions, ReplicaConnection } from './replica-connection.js';

/** How often a replica is looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** A replica that was too old for a kind of reads is not asked for them for this time, in milliseconds. */
const SKIP_MS = 1_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** All its connections may be in use for this time. Then it counts as lost, in milliseconds. */
const EXHAUSTED_MS = 5_000;
/** A replica that is lost sooner than this after it was found counts as never found, in milliseconds. */
const STABLE_MS = 10_000;

/** A result, wrapped because it may be `undefined`. */
export interface Found<T> {
  readonly value: T;
}

/**
 * One replica of the query database. It is used while it answers. After a failure it is left out, and tried again after
 * growing pauses. Failures of the replica never reach its readers.
 */
export class ReadReplica {
  /** Host and port. */
  readonly place: string;
  /** How far it was at the last look, usually within the last second; empty while it is left out. */
  positions: Positions = new Map();
  private connection: ReplicaConnection | undefined;
  private failures = 0;
  private foundAt = 0;
  private seenAt = 0;
  private announced: 'in use' | 'left out' | undefined;
  /** When it may be asked again for a kind of reads, by `performance.now()`. */
  private readonly notBefore = new Map<string, number>();
  private readonly wake = new Signal();
  private isStopping = false;
  private following: Promise<void> | undefined;

  /** @param open connects to the replica */
  constructor(
    private readonly url: string,
    private readonly open: () => Promise<ReplicaConnection>,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {
    const { hostname, port, searchParams } = new URL(url);
    this.place = `${searchParams.get('host') ?? hostname}:${searchParams.get('port') ?? (port || '5432')}`;
  }

  /** Whether it is used. */
  get isUp(): boolean {
    return this.connection !== undefined;
  }

  /**
   * Connects for the first time, and looks at the replica from then on. It may be down.
   * @throws UnsuitableServerError if it can never be a replica of the query database
   */
  async start(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      if (error instanceof UnsuitableServerError)
        throw new UnsuitableServerError(
          `The read replica at ${this.place} cannot be used: ${error.message}. ` +
            'Give the URL of a standby of the query database.',
        );
      this.leaveOut(undefined, error);
    }
    this.following = this.follow();
  }

  /** Ends the looks and all connections. From then on it gives no results. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake.set();
    const { connection } = this;
    this.connection = undefined;
    await Promise.all([this.following, connection?.cut()]);
  }

  /**
   * Reads from the replica.
   * @param kind names reads that need the same age
   * @param read resolves to `undefined` if the replica is too old
   * @returns `undefined` if the replica gives no result
   * @throws what `read` throws, unless the error comes from the database
   */
  async read<T>(
    kind: string,
    read: (replica: DataSource) => Promise<Found<T> | undefined>,
  ): Promise<Found<T> | undefined> {
    const { connection } = this;
    if (!connection || (this.notBefore.get(kind) ?? 0) > performance.now()) return undefined;
    try {
      const found = await read(connection.dataSource);
      if (!found) this.skip(kind);
      return found;
    } catch (error) {
      if (isPoolExhausted(error)) this.skip(kind);
      else if (isConnectionError(error)) this.leaveOut(connection, error);
      // Such as a conflict with what the replica applies. The primary shows whether the statement is to blame.
      else if (sqlState(error) !== undefined) this.skip(kind);
      // Another reader has cut the connection.
      else if (connection === this.connection) throw error;
      return undefined;
    }
  }

  private skip(kind: string): void {
    this.notBefore.set(kind, performance.now() + SKIP_MS);
  }

  private async follow(): Promise<void> {
    for (;;) {
      await this.wake.wait(this.connection ? LOOK_MS : this.pause());
      if (this.isStopping) return;
      await this.look();
    }
  }

  private pause(): number {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    // Jitter, so that not all processes come back at the same moment.
    return longest * (0.5 + Math.random() / 2);
  }

  private async look(): Promise<void> {
    const { connection } = this;
    try {
      if (connection) this.see(await connection.positions());
      else await this.connect();
    } catch (error) {
      const isBusy = isPoolExhausted(error) && performance.now() - this.seenAt < EXHAUSTED_MS;
      if (!isBusy) this.leaveOut(connection, error);
    }
  }

  private see(positions: Positions): void {
    this.positions = positions;
    this.seenAt = performance.now();
  }

  private async connect(): Promise<void> {
    const connection = await this.open();
    try {
      this.see(await connection.positions());
    } catch (error) {
      await connection.cut();
      throw error;
    }
    if (this.isStopping) {
      await connection.cut();
      return;
    }
    this.connection = connection;
    this.foundAt = performance.now();
    if (this.announced !== 'in use') this.logger.log(`The read replica at ${this.place} answers queries.`);
    this.announced = 'in use';
  }

  /** @param connection that has failed; another one may have taken its place */
  private leaveOut(connection: ReplicaConnection | undefined, error: unknown): void {
    if (connection !== this.connection || this.isStopping) return;
    const wasStable = connection !== undefined && performance.now() - this.foundAt > STABLE_MS;
    this.failures = wasStable ? 1 : this.failures + 1;
    this.connection = undefined;
    this.positions = new Map();
    connection?.cut().catch(() => undefined);
    this.wake.set();
    const reason = withoutPassword(reasonOf(error), this.url);
    if (this.announced !== 'left out')
      this.logger.warn(
        `The read replica at ${this.place} is left out, and the primary answers in its place: ${reason}. ` +
          'It is tried again.',
      );
    this.announced = 'left out';
  }
}
