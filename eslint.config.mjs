import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const SAGAS_KEEP_NOTHING =
  'What an operator keeps between events is lost with the process. Keep it in a stream: see "Sagas, commands, timers" in src/event-sourcing/README.md.';

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      '.data/**',
      'test/architecture/fixtures/**',
      'test/api/generated-client/*.ts',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
