import type { Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';

/** The events of a stream. A list whose beginning all later states share, so that each event costs the same. */
export interface History {
  readonly before: History | null;
  readonly event: DomainEvent | null;
}

/** A decider whose state is the events themselves. */
export function historyDecider(category: string): Decider<History, DomainEvent> {
  return {
    category,
    initialState: { before: null, event: null },
    evolve: (before, event) => ({ before, event }),
  };
}

/** @returns the events, the first one first */
export function eventsOf(history: History): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (let { before, event }: History = history; before && event; { before, event } = before)
    events.push(event);
  return events.reverse();
}
