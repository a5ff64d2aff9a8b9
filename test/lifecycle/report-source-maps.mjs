/** With `--import`: prints at the exit for which of two modules Node has read the source map. */
import { findSourceMap } from 'node:module';
import { resolve } from 'node:path';

process.on('exit', () => {
  const library = findSourceMap(resolve(import.meta.dirname, '../../node_modules/typeorm/index.js'));
  const own = findSourceMap(`file://${resolve(import.meta.dirname, '../../dist/serve.js')}`);
  process.stdout.write(JSON.stringify({ library: library !== undefined, own: own !== undefined }));
});
