import { installPeers, PEERS, startPeer, type Peer } from '../http/peers.js';
import { startAlone, startPair, type Subject } from '../http/subject.js';
import type { BenchContext } from '../support/bench.js';

/** The service in the three ways that it is measured in. */
export const OURS = {
  /** One process, on its embedded PostgreSQL. */
  alone: 'Cartwright',
  /** The same, restarted before each measurement. */
  restarted: 'Cartwright, restarted',
  /** Two processes; the one that is measured is not the one that writes. */
  pair: 'Cartwright, second process',
} as const;

export type SubjectName = keyof typeof OURS | Peer;

/** What tables call a subject. */
export function titleOf(name: SubjectName): string {
  return name in OURS ? OURS[name as keyof typeof OURS] : PEERS[name as Peer];
}

/** The programs that are measured. Each is started when it is first needed. */
export class Subjects {
  private readonly started = new Map<SubjectName, Promise<Subject>>();

  constructor(private readonly context: BenchContext) {}

  get(name: SubjectName): Promise<Subject> {
    const starting = this.started.get(name) ?? this.start(name);
    this.started.set(name, starting);
    return starting;
  }

  private async start(name: SubjectName): Promise<Subject> {
    this.context.say(`starting ${titleOf(name)}`);
    if (name === 'pair') return startPair(this.context, titleOf(name), { checkout: '.' });
    if (name === 'alone' || name === 'restarted') {
      return startAlone(this.context, titleOf(name), { checkout: '.' });
    }
    await installPeers(this.context.say);
    return startPeer(this.context, name);
  }
}
