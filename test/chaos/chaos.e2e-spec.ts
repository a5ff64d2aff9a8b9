import { runChaos } from './chaos-run.js';

const LIMIT_MS = 240_000;
/** One round of all that can go wrong; `npm run test:chaos` takes longer. */
const SECONDS = 18;

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 32);
const lines: string[] = [];

describe(`services that are killed, paused and cut off, on a PostgreSQL that crashes (CHAOS_SEED=${seed})`, () => {
  it(
    'keep all that they acknowledged, once, tell every handler of it, in order, and show it',
    async () => {
      const { violations } = await runChaos({ seed, seconds: SECONDS, say: (line) => lines.push(line) });
      expect({ violations, ...(violations.length > 0 && { lines }) }).toEqual({ violations: [] });
    },
    LIMIT_MS,
  );
});
