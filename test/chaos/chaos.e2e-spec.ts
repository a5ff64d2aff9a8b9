import { runChaos } from './chaos-run.js';

const LIMIT_MS = 240_000;
/** One round of all that can go wrong; `npm run test:chaos` takes longer. */
const SECONDS = 15;

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 32);

describe(`services that are killed, paused and cut off, on a PostgreSQL that crashes (CHAOS_SEED=${seed})`, () => {
  it(
    'keep all that they acknowledged, once, tell every handler of it, in order, and show it',
    async () => {
      const lines: string[] = [];
      const say = (line: string): void => {
        lines.push(line);
      };
      const { violations } = await runChaos({ seed, seconds: SECONDS, say }).catch((cause: unknown) => {
        throw new Error(lines.join('\n'), { cause });
      });
      if (violations.length > 0) throw new Error(lines.join('\n'));
    },
    LIMIT_MS,
  );
});
