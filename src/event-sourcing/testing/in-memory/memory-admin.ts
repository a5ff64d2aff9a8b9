import { ENQUEUED } from '../../commands/durable-commands.js';
import type { SubscriptionAdmin } from '../../runner/subscription-admin.js';
import type { StoredCommandPage } from '../../runner/stored-command-list.js';
import type { SubscriptionRunner } from '../../runner/subscription-runner.js';
import {
  stateOf,
  type ParkedItemPage,
  type ParkedItemPlace,
  type SubscriptionStatus,
} from '../../runner/subscription-status.js';
import { commandItem, eventItem, storedItem } from './memory-items.js';
import type { MemoryCommand } from './memory-command-rows.js';
import type { MemoryCommands } from './memory-commands.js';
import type { MemoryParkedEvent } from './memory-parked-events.js';
import type { InMemory } from './memory.js';

/** What operators see and do, in memory. Views cannot be rebuilt. */
export class MemoryAdmin implements Pick<SubscriptionAdmin, keyof SubscriptionAdmin> {
  constructor(
    private readonly memory: InMemory,
    private readonly runner: SubscriptionRunner,
    private readonly commands: MemoryCommands,
  ) {}

  async statuses(): Promise<SubscriptionStatus[]> {
    const here = this.runner.subscriptions;
    const { length: head } = this.memory.log.events;
    const ofHandlers = here.map(({ options: { name, kind }, position, state }) => {
      const lagSeconds = this.ageOf(this.memory.log.events[position]?.occurredAt);
      return {
        ...{ name, kind, position, head, lag: head - position, lagSeconds },
        ...this.helpOf(name, state),
      };
    });
    const commands = {
      name: ENQUEUED,
      kind: 'handler',
      position: head,
      head,
      lag: 0,
      lagSeconds: 0,
    } as const;
    return Promise.resolve([
      ...ofHandlers,
      { ...commands, ...this.helpOf(ENQUEUED, this.runner.commandsState) },
    ]);
  }

  async parked(
    name: string,
    after: ParkedItemPlace = { isCommand: false, order: 0 },
    limit = 100,
  ): Promise<ParkedItemPage | undefined> {
    if (!this.has(name)) return Promise.resolve(undefined);
    const all = [
      ...this.eventsOf(name).map((one) => ({ isCommand: false, order: one.position, item: eventItem(one) })),
      ...this.commandsOf(name).map((one) => ({
        isCommand: true,
        order: one.sequence,
        item: commandItem(one),
      })),
    ];
    const rest = all.filter(({ isCommand, order }) =>
      isCommand === after.isCommand ? order > after.order : isCommand,
    );
    const last = rest.length > limit ? rest[limit - 1] : undefined;
    const next = last ? { isCommand: last.isCommand, order: last.order } : null;
    return Promise.resolve({ items: rest.slice(0, limit).map(({ item }) => item), next });
  }

  async retry(name: string, id: string, mark?: string): Promise<boolean> {
    if (mark !== undefined && mark !== (await this.markOfParked(name, id))) return false;
    const asked = this.eventsOf(name).find(({ eventId }) => eventId === id);
    if (asked) return this.retryFirst(name, asked.key);
    const command = this.commandsOf(name).find(({ runId }) => runId === id);
    if (!command) return false;
    Object.assign(command, { dueAt: this.now, attempts: 0 });
    this.commands.wake();
    return true;
  }

  async drop(name: string, id: string): Promise<boolean> {
    const asked = this.eventsOf(name).find(({ eventId }) => eventId === id);
    if (asked) {
      const isFirst = this.eventsOf(name).find(({ key }) => key === asked.key) === asked;
      this.memory.checkpoints.parked.change(name, [], [asked]);
      this.memory.checkpoints.raiseEpoch(name);
      if (isFirst) this.retryFirst(name, asked.key);
      return Promise.resolve(true);
    }
    const command = this.commandsOf(name).find(({ runId }) => runId === id);
    if (command) this.memory.commands.finish([command]);
    this.commands.wake();
    return Promise.resolve(command !== undefined);
  }

  async rebuild(name: string): Promise<void> {
    await this.runner.rebuild(name);
  }

  async startRebuild(name: string): Promise<boolean> {
    return (await this.runner.rebuild(name)) !== undefined;
  }

  async markOfParked(name: string, id: string): Promise<string | undefined> {
    const asked = this.eventsOf(name).find(({ eventId }) => eventId === id);
    const first = asked && this.eventsOf(name).find(({ key }) => key === asked.key);
    if (first) return Promise.resolve(`${first.position} ${first.attempts} ${String(first.retryAt)}`);
    const command = this.commandsOf(name).find(({ runId }) => runId === id);
    return Promise.resolve(command && `${command.id} ${command.runId}`);
  }

  async markOfView(name: string): Promise<string | undefined> {
    return Promise.resolve(
      this.runner.views.has(name) ? this.memory.checkpoints.epochOf(name).toString() : undefined,
    );
  }

  async storedCommands(after = 0, limit = 100): Promise<StoredCommandPage> {
    const rest = this.memory.commands.all.filter(({ sequence }) => sequence > after);
    const page = rest.slice(0, limit);
    const next = rest.length > limit ? (page.at(-1)?.sequence ?? null) : null;
    return Promise.resolve({ commands: page.map(storedItem), next });
  }

  private get now(): number {
    return this.memory.clock.now().getTime();
  }

  private has(name: string): boolean {
    return name === ENQUEUED || this.runner.subscriptions.some(({ options }) => options.name === name);
  }

  private ageOf(occurredAt: number = this.now): number {
    return Math.max(this.now - occurredAt, 0) / 1_000;
  }

  private eventsOf(name: string): MemoryParkedEvent[] {
    return this.memory.checkpoints.parked.all.filter(({ handler }) => handler === name);
  }

  private commandsOf(name: string): MemoryCommand[] {
    return this.memory.commands.all.filter(({ source, dueAt }) => source === name && dueAt === null);
  }

  private helpOf(
    name: string,
    here: Parameters<typeof stateOf>[1],
  ): Omit<SubscriptionStatus, 'name' | 'kind' | 'position' | 'head' | 'lag' | 'lagSeconds'> {
    const [events, commands] = [this.eventsOf(name), this.commandsOf(name)];
    const isStuck = events.some(({ attempts, retryAt }) => attempts > 0 && retryAt === null);
    const live = stateOf(undefined, here);
    const isParked = (here === 'running' || here === 'waiting') && (isStuck || commands.length > 0);
    const state = isParked ? 'parked' : here === 'running' ? 'running' : live;
    const parked = events.length + commands.length;
    return { state, parked, rebuilding: false, rebuild: null, tables: [], partitions: [] };
  }

  private retryFirst(name: string, key: string): boolean {
    const first = this.eventsOf(name).find((one) => one.key === key);
    if (!first) return false;
    this.memory.checkpoints.parked.put({ ...first, retryAt: this.now });
    this.memory.checkpoints.raiseEpoch(name);
    for (const subscription of this.runner.subscriptions) subscription.lookAgain();
    return true;
  }
}
