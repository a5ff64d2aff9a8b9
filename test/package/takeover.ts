import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { install, pack, passableFolder } from './foreign-project.js';

// npm run demo:takeover: packs the package, installs it into the hero game, and runs the demonstration there.

const folder = await passableFolder();
try {
  const game = await install('nest-11-commonjs', await pack(folder), folder);
  const { status } = spawnSync('npm', ['run', 'demo:takeover'], { cwd: game, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
