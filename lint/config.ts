import { CLOCKS, ROOMS, TYPES_ONLY } from './rooms.ts';

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];
const URLS = ['URL', 'URLSearchParams'];
const ERRORS = `typescript/no-explicit-any typescript/no-non-null-assertion typescript/consistent-type-imports
  typescript/no-floating-promises typescript/no-misused-promises typescript/await-thenable import/no-default-export
  no-console eqeqeq prefer-const no-var`.split(/\s+/);

const imports = (group: readonly string[], message: string, allowTypeImports = false): Record<string, unknown> => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message, allowTypeImports }] }],
});

const isRoom = (name: string): boolean =>
  Object.keys(ROOMS).some((room) => `${room}/`.startsWith(`${name}/`) || name.startsWith(`${room}/`));

const allowed = (name: string): readonly string[] => {
  if (name === 'node') return ['!node:*', '!node:*/**', 'node:sqlite', 'node:timers', 'node:timers/**'];
  if (name.endsWith('.ts')) return [`!#${name}`];
  return isRoom(name) ? [`!#${name}/**`] : [`!${name}`, `!${name}/**`];
};

/** Refuses everything but its own folder and the imports that the table names; a longer room name overrides a shorter. */
const rooms = Object.entries(ROOMS)
  .toSorted(([a], [b]) => a.split('/').length - b.split('/').length)
  .map(([room, may]) => ({
    files: [room.endsWith('.ts') ? room : `${room}/**`],
    rules: imports(['**', '!./**', `!#${room}/**`, ...may.split(/\s+/).flatMap(allowed)], `${room} may import: ${may}`),
  }));

/** The whole configuration of oxlint. */
export const CONFIG = {
  plugins: ['typescript', 'import', 'unicorn', 'oxc'],
  categories: { correctness: 'error' },
  ignorePatterns: ['node_modules', 'data', 'dist'],
  rules: {
    ...Object.fromEntries(ERRORS.map((rule) => [rule, 'error'])),
    'typescript/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
    'typescript/unbound-method': 'off', // contracts are objects of functions that use no `this`
    'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allow: URLS }],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-useless-spread': 'off',
    'no-restricted-globals': ['error', 'Date', ...TIMERS],
    'no-restricted-properties': [
      'error',
      ...['Date', ...TIMERS].map((property) => ({ object: 'globalThis', property })),
    ],
    ...imports(
      ['../**', 'node:timers', 'node:timers/**'],
      'write ./x.ts inside a folder and #room/x.ts across folders',
    ),
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'max-lines': ['warn', { max: 300, skipBlankLines: true }],
    'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true }],
    'max-depth': ['warn', 3],
    'max-params': ['warn', 4],
    complexity: ['warn', 12],
  },
  overrides: [
    ...rooms,
    { files: TYPES_ONLY, rules: imports(['**'], 'types of the API, and nothing that runs', true) },
    { files: ['cli/**', 'klawing.ts', 'test/run.ts'], rules: { 'no-console': 'off' } },
    { files: ['vitest.config.ts'], rules: { 'import/no-default-export': 'off' } },
    {
      files: ['test/**', 'bench/**'],
      rules: {
        'typescript/restrict-template-expressions': 'off',
        'no-restricted-globals': ['error', ...TIMERS],
        'max-lines-per-function': 'off',
        'max-lines': ['warn', { max: 400, skipBlankLines: true }],
      },
    },
    { files: CLOCKS, rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' } },
  ],
};
