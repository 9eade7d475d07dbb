import { ROOMS } from './rooms.ts';

const ERRORS = `typescript/no-explicit-any typescript/no-non-null-assertion typescript/consistent-type-imports
  typescript/no-floating-promises typescript/no-misused-promises typescript/await-thenable import/no-default-export
  typescript/consistent-type-assertions unicorn/filename-case no-console eqeqeq prefer-const no-var`;
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];
const GLOBAL_TIMES = ['Date', ...TIMERS].map((property) => ({ object: 'globalThis', property }));
const TEXTS = { allowNumber: true, allowBoolean: true, allow: ['URL', 'URLSearchParams'] };
const CLOCKS = ['model/base/clock.ts', 'model/base/instant.ts', 'dashboards/console/time/clock.ts', 'test/support/**'];
const TESTS = ['test/**', 'bench/**'];
const NODE = ['!node:*', '!node:*/**', 'node:sqlite', 'node:timers', 'node:timers/**'];
const words = (text: string): readonly string[] => text.split(/\s+/);
const rules = (level: string, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, level]));
const lines = (max: number) => ({ max, skipBlankLines: true });
const LENGTHS = { 'max-lines': lines(300), 'max-lines-per-function': lines(60) };
const MOST = { ...LENGTHS, 'max-depth': 3, 'max-params': 4, complexity: 12 };
const imports = (group: readonly string[], message: string, allowTypeImports = false): Record<string, unknown> => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message, allowTypeImports }] }],
});
const allowed = (name: string) => (name === 'node' ? NODE : [`!${name}`, `!${name}/**`]);

/** One override for each room. Oxlint applies the last one that matches. */
const overrideOf = (room: string, may: string) => ({
  files: [room.endsWith('.ts') ? room : `${room}/**`],
  rules: imports(['**', '!./**', `!#${room}/**`, ...words(may).flatMap(allowed)], `${room} may import: ${may}`),
});
const rooms = Object.entries(ROOMS).flatMap(([names, may]) => words(names).map((room) => overrideOf(room, may)));

export const CONFIG = {
  plugins: ['typescript', 'import', 'unicorn', 'oxc'],
  categories: { correctness: 'error' },
  ignorePatterns: ['node_modules', 'data', 'dist'],
  rules: {
    ...rules('error', words(ERRORS)),
    ...imports(['../**', 'node:timers', 'node:timers/**'], 'write ./x.ts in a folder and #room/x.ts across folders'),
    'typescript/unbound-method': 'off', // contracts are objects of functions that use no `this`
    'typescript/restrict-template-expressions': ['error', TEXTS],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'no-restricted-globals': ['error', 'Date', ...TIMERS],
    'no-restricted-properties': ['error', ...GLOBAL_TIMES],
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    ...Object.fromEntries(Object.entries(MOST).map(([name, most]) => [name, ['warn', most]])),
  },
  overrides: [
    ...rooms,
    { files: ['dashboards/console/api/types.ts'], rules: imports(['**'], 'types alone, of any room', true) },
    { files: ['cli/**', 'klawing.ts', 'test/run.ts'], rules: rules('off', ['no-console']) },
    { files: TESTS, rules: rules('off', ['typescript/restrict-template-expressions', 'max-lines-per-function']) },
    { files: TESTS, rules: { 'no-restricted-globals': ['error', ...TIMERS], 'max-lines': ['warn', lines(400)] } },
    { files: CLOCKS, rules: rules('off', ['no-restricted-globals', 'no-restricted-properties']) },
  ],
};
