import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const SAGAS_KEEP_NOTHING =
  'What an operator keeps between events is lost with the process. Keep it in a stream: see "Sagas, commands, timers" in src/event-sourcing/docs/guide.md.';

const CLOCKS_STEP =
  'The wall clock may step back. Measure durations with performance.now(). Where a time of day is meant, list the file in eslint.config.mjs.';
/** These files ask for the time of day: when an event occurred, and when a JWT ends. */
const TELL_THE_TIME = [
  'src/access/verified-jwts.ts',
  'src/event-sourcing/runner/traced-delivery.ts',
  'src/event-sourcing/store/event-store.ts',
  'src/event-sourcing/testing/in-memory/memory.ts',
  'src/feed/event-intake.ts',
  'src/feed/http/at-time-of-day.ts',
];

export default tseslint.config(
  {
    ignores: [
      'api-reference/**',
      '**/dist/**',
      'test/package/nest-*/**',
      'examples/kafka-nest/**',
      '**/node_modules/**',
      '.data/**',
      'test/architecture/fixtures/**',
      'test/api/generated-client/*.ts',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      // Nest modules are classes that hold nothing but their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Decorators and generic containers of the framework take a type argument once, on purpose.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Nest declares the shapes of its options as classes; they are meant to be given as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'tools/**/*.ts'],
    ignores: ['**/*spec.ts', ...TELL_THE_TIME],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: `MemberExpression[object.name='Date'][property.name='now']`, message: CLOCKS_STEP },
        { selector: `NewExpression[callee.name='Date'][arguments.length=0]`, message: CLOCKS_STEP },
        { selector: `CallExpression[callee.name='Date']`, message: CLOCKS_STEP },
      ],
    },
  },
  {
    // A saga is run on each event by itself, and its process may end between two of them.
    files: ['**/*.saga.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'rxjs',
              allowImportNames: [
                'map',
                'filter',
                'mergeMap',
                'concatMap',
                // Becomes a stored timer.
                'delay',
                'from',
                'of',
                'EMPTY',
                'Observable',
              ],
              message: SAGAS_KEEP_NOTHING,
            },
          ],
          patterns: [{ group: ['rxjs/*'], message: SAGAS_KEEP_NOTHING }],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
