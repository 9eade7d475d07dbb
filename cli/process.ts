import { fileURLToPath } from 'node:url';

/** Exit statuses besides 0. */
export const STATUS = {
  failed: 1,
  /** A mistake in the arguments or the settings. */
  usage: 2,
  /** Failed, and a restart would fail again. Only `klawing up` sees it; every other caller sees 1. */
  notRestartable: 3,
} as const;

/** The entry of the command line, for child processes. */
export const ENTRY = fileURLToPath(new URL('../klawing.ts', import.meta.url));

/**
 * Flags of Node for a part. With a large young generation most objects of a batch die before they are moved, which halves
 * the work of the garbage collector in the broker at full load. Ingest gains nothing beyond 16 MiB. Its old generation may
 * double before a collection; by default it may grow fourfold.
 */
export const nodeFlags = (part: string): readonly string[] => [
  '--disable-warning=ExperimentalWarning',
  ...(part === 'ingest' ? ['--max-semi-space-size=16', '--heap-growing-percent=100'] : ['--max-semi-space-size=32']),
];

/** Two memory pools instead of eight for each core, because the threads of DuckDB and libuv would each keep one. */
export const MEMORY_POOLS = { MALLOC_ARENA_MAX: '2' } as const;

/** Resolves when the process is asked to end. */
export const untilEnded = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
