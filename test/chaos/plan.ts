import type { SeededRandom } from './seeded-random.js';

/** What the connections of a service call themselves. */
export const CONNECTIONS = [
  'event-log append',
  'event-log read',
  'event-log follow',
  'leases',
  'command',
  'query',
  'journal',
] as const;

/** Something that goes wrong. `service` is the number of a place in the crew. */
export type Fault =
  /** SIGKILL, and started anew at once. */
  | { readonly kind: 'kill'; readonly service: number }
  /** SIGTERM, and started anew when it has ended: what an operator does. */
  | { readonly kind: 'stop'; readonly service: number }
  /** SIGSTOP, and SIGCONT so many milliseconds later: longer than a lease. */
  | { readonly kind: 'pause'; readonly service: number; readonly ms: number }
  /** All connections of a name, or `all` there are, are ended by PostgreSQL, in both databases. */
  | { readonly kind: 'terminate'; readonly connections: (typeof CONNECTIONS)[number] | 'all' }
  /** PostgreSQL is stopped as `immediate` does it, without a checkpoint, and started anew. */
  | { readonly kind: 'crash' }
  /** The primary is killed, and its synchronous standby takes its place. */
  | { readonly kind: 'failover' }
  /** The read replica is killed, and started anew so many milliseconds later. */
  | { readonly kind: 'lose replica'; readonly ms: number }
  /** The read replica applies nothing for so many milliseconds. */
  | { readonly kind: 'delay replica'; readonly ms: number }
  /** The Kafka broker is killed, and started anew so many milliseconds later. */
  | { readonly kind: 'lose broker'; readonly ms: number };

/** What a run has beside the services and PostgreSQL. Each has its faults. */
export interface Extras {
  /** A synchronous standby of PostgreSQL, which takes over in each round. */
  readonly failover?: boolean;
  /** A read replica of the query database. */
  readonly replica?: boolean;
  /** A Kafka broker to which events are sent. */
  readonly kafka?: boolean;
}

/** A fault, and the pause before it, in milliseconds. */
export interface Step {
  readonly afterMs: number;
  readonly fault: Fault;
}

export interface PlanOptions extends Extras {
  /** About how long the faults go on; one round of them is in every plan. */
  readonly seconds: number;
  readonly services: number;
}

const SHORTEST_GAP_MS = 200;
const LONGEST_GAP_MS = 1_800;
/** What a round takes on the average, with what some of the faults take themselves. */
const ROUND_MS = 15_000;
/** A lease is over after 5,000. */
const PAUSE_MS = { least: 6_000, most: 8_500 };

/** How long a replica or a broker is away. */
const AWAY_MS = { least: 500, most: 4_000 };
const FAILOVER_PAUSE_MS = { least: 2_000, most: 4_000 };

/** Draws what goes wrong, and when: round after round of all there is, each in an order of its own. */
export function drawPlan(random: SeededRandom, { seconds, services, ...extras }: PlanOptions): Step[] {
  const steps: Step[] = [];
  const service = (): number => random.between(0, services - 1);
  const rounds = Math.max(1, Math.round((seconds * 1_000) / ROUND_MS));
  for (let round = 0; round < rounds; round += 1) {
    const faults: Fault[] = [
      { kind: 'kill', service: service() },
      { kind: 'kill', service: service() },
      { kind: 'stop', service: service() },
      { kind: 'pause', service: service(), ms: random.between(PAUSE_MS.least, PAUSE_MS.most) },
      { kind: 'crash' },
      ...faultsOf(random, extras),
      { kind: 'terminate', connections: 'all' },
      ...CONNECTIONS.map((connections): Fault => ({ kind: 'terminate', connections })),
    ];
    for (const fault of random.shuffle(faults)) {
      steps.push({ afterMs: random.between(SHORTEST_GAP_MS, LONGEST_GAP_MS), fault });
    }
  }
  return steps;
}

function faultsOf(random: SeededRandom, { failover, replica, kafka }: Extras): Fault[] {
  const away = (): number => random.between(AWAY_MS.least, AWAY_MS.most);
  return [
    ...(failover ? [{ kind: 'failover' } as const] : []),
    ...(replica ? (['lose replica', 'delay replica'] as const).map((kind) => ({ kind, ms: away() })) : []),
    ...(kafka ? [{ kind: 'lose broker', ms: away() } as const] : []),
  ];
}

/** Draws nothing but failovers under load, one after the other. */
export function drawFailovers(random: SeededRandom, rounds: number): Step[] {
  return Array.from({ length: rounds }, () => ({
    afterMs: random.between(FAILOVER_PAUSE_MS.least, FAILOVER_PAUSE_MS.most),
    fault: { kind: 'failover' },
  }));
}

/** A line for people. */
export function describeStep({ afterMs, fault }: Step): string {
  return `+${String(afterMs).padStart(4)} ms  ${describeFault(fault)}`;
}

export function describeFault({ kind, ...target }: Fault): string {
  return [kind, ...Object.entries(target).map(([name, value]) => `${name} ${value}`)].join(', ');
}
