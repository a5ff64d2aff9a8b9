/** Names of values in the book that are no runs of scenarios. */
export const VALUES = {
  lagP50: 'event to view at 1,000 adds/s, p50 in ms',
  lagP99: 'event to view at 1,000 adds/s, p99 in ms',
  catchUp: 'catch-up of all cart views, carts of 10 to 30 items, events/s',
  catchUp50: 'catch-up of all cart views, carts of 50 items, events/s',
  catchUp50Beside: 'the same by the other checkout, events/s',
  memoryFirst: 'memory after one command for each cart, MiB',
  memoryLast: 'memory after all commands, MiB',
  start: 'start of the process to ready, s',
  fanOut: 'events delivered to 100 followers of the live feed, a second',
  fanOutCpu: 'service, for an event delivered to a follower, µs',
} as const;
