import type {
  ParkedEntry,
  ParkedEventReader,
  ParkedId,
  ParkedPlace,
} from '../../subscriptions/parked-events.js';
import type { TestClock } from './test-clock.js';

/** A parked event as it is stored. */
export interface MemoryParkedEvent extends Omit<ParkedEntry, 'retryInMs'> {
  readonly handler: string;
  /** In milliseconds since 1970; `null` if it is not retried by itself. */
  readonly retryAt: number | null;
  /** In milliseconds since 1970. */
  readonly parkedAt: number;
}

/** Parked events in memory. */
export class MemoryParkedEvents implements ParkedEventReader {
  private readonly rows = new Map<string, MemoryParkedEvent>();

  /** @param epochOf looks up the epoch of a handler */
  constructor(
    private readonly clock: TestClock,
    private readonly epochOf: (handler: string) => number,
  ) {}

  /** All parked events, in the order of their positions. */
  get all(): MemoryParkedEvent[] {
    return [...this.rows.values()].sort((a, b) => a.position - b.position);
  }

  async keys(handler: string): Promise<Set<string>> {
    return Promise.resolve(new Set(this.of(handler).map(({ key }) => key)));
  }

  async dueKeys(handler: string, limit: number): Promise<{ readonly key: string; readonly epoch: number }[]> {
    const epoch = this.epochOf(handler);
    const due = this.of(handler).filter((one) => this.isDue(one));
    due.sort((a, b) => (a.retryAt ?? 0) - (b.retryAt ?? 0));
    return Promise.resolve(due.slice(0, limit).map(({ key }) => ({ key, epoch })));
  }

  async first(handler: string, key: string, limit: number): Promise<ParkedPlace[]> {
    return Promise.resolve(
      this.of(handler)
        .filter((one) => one.key === key)
        .slice(0, limit),
    );
  }

  /** Whether the time has come to retry an event. */
  isDue({ retryAt }: MemoryParkedEvent): boolean {
    return retryAt !== null && retryAt <= this.clock.now().getTime();
  }

  /** Writes changes of the parked events of a handler. */
  change(handler: string, park: readonly ParkedEntry[], release: readonly ParkedId[]): void {
    const now = this.clock.now().getTime();
    for (const { retryInMs, ...entry } of park) {
      const { parkedAt = now } = this.rows.get(placeOf({ handler, ...entry })) ?? {};
      this.put({ ...entry, handler, retryAt: retryInMs === null ? null : now + retryInMs, parkedAt });
    }
    for (const id of release) this.rows.delete(placeOf({ handler, ...id }));
  }

  /** Stores a parked event, in place of the one at the same position. */
  put(event: MemoryParkedEvent): void {
    this.rows.set(placeOf(event), event);
  }

  private of(handler: string): MemoryParkedEvent[] {
    return this.all.filter((one) => one.handler === handler);
  }
}

function placeOf({ handler, key, position }: ParkedId & { readonly handler: string }): string {
  return JSON.stringify([handler, key, position]);
}
