import type { Amounts } from '../scenarios/measure-scenario.js';

/** How much the suite measures. */
export interface SuiteAmounts extends Amounts {
  /** In which everything should be measured. */
  readonly minutes: number;
  /** Rounds of each part, even when the time is over. */
  readonly fewestRounds: number;
  /** Events of each log that views catch up with, and that the service starts on. */
  readonly events: number;
  readonly fanOutAdds: number;
  readonly lagMs: number;
  readonly appendMs: number;
  readonly memoryCarts: number;
  readonly memoryCommandsPerCart: number;
}

const USUAL: SuiteAmounts = {
  warmUp: 4_000,
  scale: 1,
  longest: 2,
  minutes: 5,
  fewestRounds: 3,
  events: 60_000,
  fanOutAdds: 500,
  lagMs: 3_000,
  appendMs: 350,
  memoryCarts: 2_000,
  memoryCommandsPerCart: 10,
};

const FULL: SuiteAmounts = {
  warmUp: 10_000,
  scale: 5,
  longest: 15,
  minutes: 600,
  fewestRounds: 3,
  events: 1_000_000,
  fanOutAdds: 5_000,
  lagMs: 30_000,
  appendMs: 1_000,
  memoryCarts: 100_000,
  memoryCommandsPerCart: 10,
};

/** @returns the amounts of the short or the long table, scaled. A scale below 1 shortens the warm-up, too. */
export function amountsOf({ full, scale }: { readonly full: boolean; readonly scale: number }): SuiteAmounts {
  const amounts = full ? FULL : USUAL;
  const scaled = (count: number): number => Math.max(1, Math.round(count * scale));
  return {
    ...amounts,
    warmUp: scaled(amounts.warmUp),
    scale: amounts.scale * scale,
    events: scaled(amounts.events),
    fanOutAdds: scaled(amounts.fanOutAdds),
    lagMs: scaled(amounts.lagMs),
    memoryCarts: scaled(amounts.memoryCarts),
  };
}
