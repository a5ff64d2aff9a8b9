import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

/** What a package says about its dependencies. */
interface Manifest {
  readonly dependencies: object;
  readonly peerDependencies: object;
}

/** Paths of this repository outside of the package. A path with a slash or a name before it is another one. */
const OUTSIDE = /(?<![\w./@-])(?:src|test|bench|tools|docs\/decisions)\/[\w.-]+/g;
/** The service in this repository, and its subject. */
const SERVICE = /[\w-]*cart(?!esian)[\w-]*/gi;

/** All files of an installed package, but not those of its dependencies. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join(folder, 'node_modules')))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Words of the service and paths outside of the package, as `file: word`. */
export function strangeWords(folder: string): string[] {
  return filesOf(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const words = [...(text.match(SERVICE) ?? []), ...(text.match(OUTSIDE) ?? [])];
    return [...new Set(words)].map((word) => `${file}: ${word}`);
  });
}

/** Relative links of documents that do not lead to a file of the package, as `file: link`. */
export function deadLinks(folder: string): string[] {
  return filesOf(folder)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      (readFileSync(join(folder, file), 'utf8').match(/(?<=\]\()(?!https:|#)[^)#\s]+/g) ?? [])
        .filter((link) => {
          const target = normalize(join(dirname(file), link));
          return target.startsWith('..') || !existsSync(join(folder, target));
        })
        .map((link) => `${file}: ${link}`),
    );
}

/** Packages that the code or its type declarations import and the manifest does not list. */
export function undeclaredImports(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const imported = filesOf(folder)
    .filter((file) => /\.(js|d\.ts)$/.test(file))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').match(BARE_IMPORT) ?? [])
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  return [...new Set(imported)].filter((name) => !declared.includes(name) && !isBuiltIn(name));
}

/** The name of a module that is not a file, in `from '…'`, `import('…')` or `require("…")`. */
const BARE_IMPORT = /(?<=(?:^(?:import|export)\b.* from |import\(|require\()["'])[^."'][^"']*(?=["'])/gm;

function isBuiltIn(name: string): boolean {
  return name.startsWith('node:') || builtinModules.includes(name);
}
