/**
 * Who may import whom. Checked by `test/architecture/architecture.spec.ts`, which also shows for every rule, by a tree in
 * `test/architecture/fixtures/<name of the rule>/`, that it catches what it is for.
 */

/** Folders of `src` that are no features. */
const COMMON = 'event-sourcing|http|database|access|config|kafka|tracing';
const FEATURE = `^src/(?!(?:${COMMON})/)([^/]+)/`;
const SPECS = ['[.-]spec\\.ts$', '/testing/'];
/** Where the parts are put together; everything below is handed what it needs. */
const TOP =
  '^src/(main|serve|start-errors|handlers|lifecycle|create-app|(async-)?api-description|app\\.module)\\.ts$|^src/(config|database)/';

/** Reads the SQL of a migration from the file beside it. */
const SQL_FILE = '^src/event-sourcing/migrations/sql-file\\.ts$';

/** Layers of event sourcing, the lowest first: each imports only those before it. */
const LAYERS = [
  'kernel',
  'runtime',
  'postgres',
  'log/append',
  'log',
  'log/settled',
  'store',
  'aggregates',
  'commands',
  'subscriptions',
  'projections',
  'relays',
  'runner',
  'queries',
  'nest',
  'operations',
  'prometheus',
  'opentelemetry',
  'cli',
];
const files = (folders) => `^src/event-sourcing/(${folders.join('|')})/[^/]+$`;

/** Any file of the packages; a fixture finds them further up. */
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;

module.exports = {
  forbidden: [
    {
      name: 'kernel-is-plain',
      comment:
        'The kernel of event sourcing is plain TypeScript: it can be read, tested and taken along without a framework.',
      severity: 'error',
      from: { path: '^src/event-sourcing/kernel/', pathNot: SPECS },
      to: { pathNot: '^src/event-sourcing/kernel/' },
    },
    {
      name: 'domain-is-plain',
      comment:
        'A domain decides and knows nothing else: it imports itself, and the kernel through the door of event sourcing.',
      severity: 'error',
      from: { path: '^src/([^/]+)/domain/', pathNot: SPECS },
      to: { pathNot: ['^src/$1/domain/', '^src/event-sourcing/index\\.ts$'] },
    },
    ...LAYERS.map((layer, index) => ({
      name: 'event-sourcing-has-layers',
      comment:
        'A layer can be read with those below it alone. The layers are listed above, and in docs/design.md of the package.',
      severity: 'error',
      from: { path: files([layer]), pathNot: SPECS },
      to: {
        path: [
          files([...LAYERS.slice(index + 1), 'testing', 'embedded-postgres']),
          // The module migrates its own data sources; nothing else needs the whole schema.
          layer === 'nest' ? '^src/event-sourcing/index\\.ts$' : '^src/event-sourcing/[^/]+$',
        ],
      },
    })),
    {
      name: 'embedded-postgres-stands-alone',
      comment: 'Others can use it without the rest of event sourcing.',
      severity: 'error',
      from: { path: '^src/event-sourcing/embedded-postgres/' },
      to: { path: '^src/', pathNot: '^src/event-sourcing/embedded-postgres/' },
    },
    {
      name: 'event-sourcing-knows-no-feature',
      comment: 'It could be published as a package tomorrow.',
      severity: 'error',
      from: { path: '^src/event-sourcing/' },
      to: { path: '^src/', pathNot: '^src/event-sourcing/' },
    },
    {
      name: 'event-sourcing-is-entered-by-its-index',
      comment:
        'What is not exported there may change at any time. Helpers for specs and the embedded PostgreSQL have their own.',
      severity: 'error',
      from: { pathNot: '^src/event-sourcing/' },
      to: {
        path: '^src/event-sourcing/',
        pathNot: '^src/event-sourcing/((testing|embedded-postgres|prometheus|opentelemetry)/)?index\\.ts$',
      },
    },
    {
      name: 'testing-is-for-specs',
      comment: 'Helpers of specs are no part of the service.',
      severity: 'error',
      from: { pathNot: SPECS },
      to: { path: '/testing/' },
    },
    {
      name: 'views-read-events-only',
      comment:
        'A view is what the events say. It knows its own tables, events of any feature, and how they add up (*.fold.ts).',
      severity: 'error',
      from: { path: '^src/([^/]+)/views/', pathNot: SPECS },
      to: {
        pathNot: [
          '^src/$1/views/',
          '^src/[^/]+/domain/[^/]+\\.(events|fold)\\.ts$',
          '^src/event-sourcing/index\\.ts$',
          packages('typeorm', '@nestjs/cqrs'),
        ],
      },
    },
    {
      name: 'write-side-ignores-views',
      comment: 'Decisions are made from streams; a view may be behind. This holds at any distance.',
      severity: 'error',
      from: { path: '^src/[^/]+/(domain|commands|sagas|write-side)/', pathNot: SPECS },
      to: { path: '^src/(?!event-sourcing/)[^/]+/(views|queries)/', reachable: true },
    },
    {
      name: 'controllers-know-messages-only',
      comment:
        'A controller turns a request into a message and the outcome into an answer. Types of the feature cost it nothing.',
      severity: 'error',
      from: { path: '^src/([^/]+)/http/[^/]+\\.controller\\.ts$' },
      to: {
        pathNot: [
          '^src/$1/http/',
          '^src/(http|access)/',
          '^src/$1/(commands|queries)/[^/]+\\.(command|query)\\.ts$',
          packages('@nestjs/(common|cqrs|swagger)', 'fastify', 'rxjs', 'uuid'),
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'access-knows-no-feature',
      comment: 'It tells who calls. What a cart makes of that is for the cart to say.',
      severity: 'error',
      from: { path: '^src/access/' },
      to: { path: FEATURE },
    },
    {
      name: 'http-of-a-feature-ignores-its-storage',
      comment: 'What a client sees does not follow from how a view is stored.',
      severity: 'error',
      from: { path: `${FEATURE}http/` },
      to: { path: ['^src/[^/]+/views/', packages('typeorm', '@nestjs/typeorm', 'pg')] },
    },
    {
      name: 'http-knows-no-feature',
      comment: 'The manners of the HTTP edge are the same for all features, and whoever calls.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: ['^src/access/', FEATURE] },
    },
    {
      name: 'features-meet-at-events-and-ports',
      comment:
        'So that one of them can change, or move elsewhere, without the others. Modules import modules to be wired up.',
      severity: 'error',
      from: { path: FEATURE },
      to: { path: FEATURE, pathNot: ['^src/$1/', '\\.(port|events|module)\\.ts$'] },
    },
    {
      name: 'only-modules-import-modules',
      comment: 'Everything else is injected.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.module\\.ts$', ...SPECS, TOP] },
      to: { path: '^src/.+\\.module\\.ts$', pathNot: '^src/event-sourcing/' },
    },
    {
      name: 'parts-ignore-the-top',
      comment: 'Configuration and databases are handed down, never fetched.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TOP, ...SPECS] },
      to: { path: TOP },
    },
    {
      name: 'migrations-import-typeorm-only',
      comment:
        'A migration must do the same in ten years, whatever has become of the code. Only SQL files are read, by one helper.',
      severity: 'error',
      from: { path: '/migrations/', pathNot: SQL_FILE },
      to: { pathNot: [packages('typeorm'), SQL_FILE] },
    },
    {
      name: 'sql-file-reads-only',
      comment: 'Migrations depend on what this helper depends on.',
      severity: 'error',
      from: { path: SQL_FILE },
      to: { pathNot: '^(node:)?fs$' },
    },
    {
      name: 'no-cycles',
      comment: 'Not even of types: two files that need each other are one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-is-found',
      comment: 'An import that leads nowhere would escape all other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/event-sourcing/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
