import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../lifecycle/conditions.js';
import type { PostgresServer } from '../support/postgres-server.js';
import type { Post } from './crew.js';
import { CONNECTIONS, describeFault, type Fault, type Step } from './plan.js';

/** Connections of every name come back by themselves, under load and without it. */
const PATIENCE_MS = 60_000;

/** Carries a plan out. */
export class Saboteur {
  /** When the database was disturbed last, on the clock of `performance.now()`. */
  disturbedAt = -Infinity;
  /** By what was done, how often; connections are counted one by one. */
  readonly done = new Map<string, number>();

  constructor(
    private readonly posts: readonly Post[],
    private readonly postgres: PostgresServer,
  ) {}

  async carryOut(plan: readonly Step[], say: (line: string) => void): Promise<void> {
    for (const { afterMs, fault } of plan) {
      await sleep(afterMs);
      say(describeFault(fault));
      await this.strike(fault);
    }
  }

  private async strike(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        this.post(fault.service).strike('SIGKILL');
        this.count('kill');
        return;
      case 'stop':
        this.post(fault.service).strike('SIGTERM');
        this.count('stop');
        return;
      case 'pause':
        await this.post(fault.service).pause(fault.ms);
        this.count('pause');
        return;
      case 'terminate':
        await inTime(PATIENCE_MS, `a connection "${fault.connections}"`, () =>
          this.terminate(fault.connections),
        );
        return;
      case 'crash':
        this.disturbedAt = Infinity;
        await this.postgres.crash();
        this.disturbedAt = performance.now();
        this.count('crash');
    }
  }

  private async terminate(connections: string): Promise<boolean> {
    this.disturbedAt = performance.now();
    const ended = await this.postgres.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY ($1)',
      [connections === 'all' ? CONNECTIONS : [connections]],
    );
    this.count(`terminated ${connections}`, ended.length);
    return ended.length > 0;
  }

  private count(what: string, times = 1): void {
    this.done.set(what, (this.done.get(what) ?? 0) + times);
  }

  private post(number: number): Post {
    const post = this.posts[number];
    if (!post) throw new Error(`There is no post ${number}.`);
    return post;
  }
}
