import 'reflect-metadata';
import { loadConfig } from './config/config.js';
import { describe } from './start-errors.js';

/** @throws Error when the service cannot start, or has lost its embedded PostgreSQL */
async function run(): Promise<void> {
  const config = loadConfig(process.env);
  // Loading the rest takes most of a start. A configuration that cannot be used is refused before.
  await loadLibraries();
  const { serve } = await import('./serve.js');
  await serve(config);
}

/** Loads libraries without their source maps: Node reads the map of every module, and theirs are several megabytes. */
async function loadLibraries(): Promise<void> {
  const { sourceMapsEnabled } = process;
  process.setSourceMapsEnabled(false);
  await import('./libraries.js');
  process.setSourceMapsEnabled(sourceMapsEnabled);
}

try {
  await run();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}
