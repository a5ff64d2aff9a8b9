import { LiveMeasures } from '../../nest/live-measures.js';
import type { ConnectionCount } from '../../runtime/monitor.js';

/** What monitors read of an application in memory, which has no connections. */
export class MemoryMeasures extends LiveMeasures {
  override get connections(): ConnectionCount[] {
    return [];
  }
}
