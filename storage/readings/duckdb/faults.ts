import { Fault } from '#model/base/fault.ts';

/** Messages of DuckDB and the faults they mean. The first that matches counts. */
const MEANINGS: readonly (readonly [said: RegExp, fault: (words: string, path: string, cause: unknown) => Fault])[] = [
  [
    /Could not set lock on file|file handle conflict/i,
    (words, path, cause) => {
      const holder = /Conflicting lock is held in (.+?)(?:\.|$| See)/.exec(words)?.[1] ?? 'another process';
      return new Fault(
        'DATA_LOCKED',
        `${path} is open in ${holder}; stop it, or query through the HTTP API while the service runs`,
        { cause, retry: true },
      );
    },
  ],
  [
    /database file with version number|storage version/i,
    (words, path, cause) => new Fault('DATA_NEWER', `${path}: ${words}; run the version that wrote it`, { cause }),
  ],
  [
    /INTERRUPT/i,
    (_, path, cause) => new Fault('STORE_FAILED', `the statement on ${path} was cancelled`, { cause, retry: true }),
  ],
  [
    /Out of Memory/i,
    (words, path, cause) =>
      new Fault('STORE_FAILED', `${path}: ${words}; raise store.memoryLimit or free disk space`, {
        cause,
        retry: true,
      }),
  ],
  [
    /IO Error|No space left|FATAL|INTERNAL|TransactionContext|invalidated|Permission denied|read-only/i,
    (words, path, cause) =>
      new Fault('STORE_FAILED', `${path}: ${words}; check disk space and permissions`, { cause, retry: true }),
  ],
];

/** Turns what DuckDB throws into an outage where it is one; anything else is a bug and stays what it was. */
export const toFault = (error: unknown, path: string): unknown => {
  if (error instanceof Fault) return error;
  const words = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return MEANINGS.find(([said]) => said.test(words))?.[1](words, path, error) ?? error;
};

/** The shape of a fault that a caller's signal causes. */
export const cancelled = (path: string, signal: AbortSignal): Fault =>
  new Fault('STORE_FAILED', `the statement on ${path} was cancelled`, { cause: signal.reason, retry: true });
