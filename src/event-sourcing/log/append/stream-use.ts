import type { Append } from './append.js';

/** The streams that appends in flight write or depend on, and the ids of their commands. */
export class StreamUse {
  private readonly written = new Map<string, number>();
  private readonly read = new Map<string, number>();
  private readonly commands = new Map<string, number>();

  add(append: Append, by = 1): void {
    for (const { stream } of append.writes) count(this.written, stream, by);
    for (const { stream } of append.conditions) count(this.read, stream, by);
    if (append.command) count(this.commands, append.command.id, by);
  }

  remove(append: Append): void {
    this.add(append, -1);
  }

  /** Two appends conflict on a stream that one of them writes, and if they are of one command. */
  conflictsWith(append: Append): boolean {
    return (
      (append.command !== undefined && this.commands.has(append.command.id)) ||
      append.writes.some(({ stream }) => this.written.has(stream) || this.read.has(stream)) ||
      append.conditions.some(({ stream }) => this.written.has(stream))
    );
  }
}

function count(map: Map<string, number>, key: string, by: number): void {
  const now = (map.get(key) ?? 0) + by;
  if (now === 0) map.delete(key);
  else map.set(key, now);
}
