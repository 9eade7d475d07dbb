import { fileURLToPath } from 'node:url';

/** The command line itself, for processes that are started from it. */
export const ENTRY = fileURLToPath(new URL('../klawing.ts', import.meta.url));

/**
 * How Node runs a part. Young objects of a batch die before they are moved: half of the collector's work at full load is
 * saved by it in the broker. Ingest gains nothing beyond 16 MiB, and lets its old objects double, not grow by four, before
 * they are collected.
 */
export const nodeFlags = (part: string): readonly string[] => [
  '--disable-warning=ExperimentalWarning',
  ...(part === 'ingest' ? ['--max-semi-space-size=16', '--heap-growing-percent=100'] : ['--max-semi-space-size=32']),
];

/** Two pools of memory instead of eight a core: DuckDB's and libuv's threads would each hold on to one of their own. */
export const MEMORY_POOLS = { MALLOC_ARENA_MAX: '2' } as const;
