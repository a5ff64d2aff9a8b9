import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../lifecycle/conditions.js';
import type { FailoverPair } from '../support/failover-pair.js';
import type { Post } from './crew.js';
import type { Ledger } from './ledger.js';
import { CONNECTIONS, describeFault, type Fault, type Step } from './plan.js';
import type { Stage } from './stage.js';

/** Connections of every name come back by themselves, under load and without it. */
const PATIENCE_MS = 60_000;

const TERMINATE = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY ($1)';

type ExtraFault = Extract<Fault, { readonly kind: 'lose replica' | 'delay replica' | 'lose broker' }>;

/** Carries a plan out. */
export class Saboteur {
  /** When the database was disturbed last, on the clock of `performance.now()`. */
  disturbedAt = -Infinity;
  /** By what was done, how often; connections are counted one by one. */
  readonly done = new Map<string, number>();
  /** How long it took from each loss of the primary to the next acknowledged change, in milliseconds. */
  readonly failoverMs: number[] = [];

  constructor(
    private readonly stage: Pick<Stage, 'posts' | 'postgres' | 'pair' | 'journal' | 'replica' | 'broker'>,
    private readonly ledger: Ledger,
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
        await this.stage.postgres.crash();
        this.disturbedAt = performance.now();
        this.count('crash');
        return;
      case 'failover':
        this.disturbedAt = Infinity;
        await this.failOver(this.stage.pair);
        this.disturbedAt = performance.now();
        this.count('failover');
        return;
      default:
        await this.loseExtra(fault);
        this.count(fault.kind);
    }
  }

  private async loseExtra({ kind, ms }: ExtraFault): Promise<void> {
    const { replica, broker } = this.stage;
    if (kind === 'lose replica') await replica?.loseFor(ms);
    else if (kind === 'delay replica') await replica?.lagFor(ms);
    else {
      await broker?.kill();
      await sleep(ms);
      await broker?.restart();
    }
  }

  private async failOver(pair: FailoverPair | undefined): Promise<void> {
    if (!pair) throw new Error('There is no standby.');
    // A primary that has just been restarted shows commits that its standby may not have yet.
    await pair.inSync();
    const lostAt = performance.now();
    await pair.killAndPromote();
    const promotedAt = performance.now();
    pair.leadTo(pair.standby);
    await inTime(PATIENCE_MS, 'a change to be acknowledged', () => this.ledger.acknowledgedAt > promotedAt);
    this.failoverMs.push(Math.round(this.ledger.acknowledgedAt - lostAt));
    await pair.replaceStandby();
    await this.stage.replica?.renew(pair.primary);
  }

  private async terminate(connections: string): Promise<boolean> {
    this.disturbedAt = performance.now();
    const { postgres, journal } = this.stage;
    const ended: object[] = [];
    for (const server of new Set([postgres, journal.server])) {
      const names = connections === 'all' ? CONNECTIONS : [connections];
      ended.push(...(await server.query(TERMINATE, [names])));
    }
    this.count(`terminated ${connections}`, ended.length);
    return ended.length > 0;
  }

  private count(what: string, times = 1): void {
    this.done.set(what, (this.done.get(what) ?? 0) + times);
  }

  private post(number: number): Post {
    const post = this.stage.posts[number];
    if (!post) throw new Error(`There is no post ${number}.`);
    return post;
  }
}
