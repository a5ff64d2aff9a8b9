import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { sourcesIn } from './files.js';

/** What must give the same result whenever and wherever it runs: decisions, folding and views. */
const PURE = /^src\/([^/]+\/(domain|views)|event-sourcing\/kernel)\//;
const KERNEL = 'src/event-sourcing/kernel';

/** ESTree shapes of code that looks at a clock, draws lots, or waits. */
const IMPURE = {
  'the time': [
    `NewExpression[callee.name='Date'][arguments.length=0]`,
    `CallExpression[callee.name='Date']`,
    `MemberExpression[object.name='Date'][property.name='now']`,
    `Identifier[name=/^(performance|hrtime|setTimeout|setInterval|setImmediate|Temporal)$/]`,
  ],
  chance: [
    `MemberExpression[object.name='Math'][property.name='random']`,
    `Identifier[name=/^(randomUUID|randomBytes|randomInt|getRandomValues|uuidv?[147])$/]`,
  ],
  'the surroundings': [
    `Identifier[name='process']`,
    `ImportDeclaration[source.value=/^(node:|uuid$|crypto$)/]`,
    `ImportExpression`,
  ],
};

const RULES: Linter.RulesRecord = {
  'no-restricted-syntax': [
    'error',
    ...Object.entries(IMPURE).flatMap(([what, shapes]) =>
      shapes.map((selector) => ({ selector, message: `depends on ${what}` })),
    ),
  ],
};

/** Where code that must be pure is not, as `file:line depends on …`, one for each place. */
export function impuritiesIn(checkout: string): string[] {
  const linter = new Linter();
  return pureFilesIn(checkout).flatMap((file) => {
    const config: Linter.Config[] = [{ files: ['**/*.ts'], languageOptions: { parser }, rules: RULES }];
    const code = readFileSync(join(checkout, file), 'utf8');
    const places = linter.verify(code, config, file).map(({ line, message }) => `${file}:${line} ${message}`);
    return [...new Set(places)];
  });
}

/** Names that a domain takes through the door of event sourcing although they are not of its kernel, as `file name`. */
export function takenPastTheKernel(checkout: string): string[] {
  const kernel = new Set(
    sourcesIn(join(checkout, KERNEL)).flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /^export (?:\w+ )*?(?:class|interface|type|const|function) (\w+)/gm,
        ),
      ].map(([, name]) => name),
    ),
  );
  return pureFilesIn(checkout)
    .filter((file) => file.includes('/domain/'))
    .flatMap((file) => {
      const code = readFileSync(join(checkout, file), 'utf8');
      const imports = code.matchAll(/\{([^}]*)\} from '[^']*\/event-sourcing\/index\.js'/g);
      return [...imports]
        .flatMap(([, names = '']) => names.split(','))
        .map((name) =>
          name
            .trim()
            .replace(/^type /, '')
            .replace(/ as .*/, ''),
        )
        .filter((name) => name !== '' && !kernel.has(name))
        .map((name) => `${file} ${name}`);
    });
}

/** The files that must be pure, relative to the checkout. */
export function pureFilesIn(checkout: string): string[] {
  return sourcesIn(join(checkout, 'src'))
    .map((file) => relative(checkout, file))
    .filter((file) => PURE.test(file));
}
