import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { type BrokerClient, startBrokerClient } from '#broker/client/broker-client.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore } from '#storage/readings/index.ts';
import { makeIngestMetrics, type IngestMetrics } from '#ingest/metrics/metrics.ts';
import { type TrustedClock, startTrustedClock } from '#process/trusted-clock.ts';
import type { JournalReader } from '#journal/journal.ts';
import { lockFolder } from '#process/folder-lock.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { isOutage } from '#model/base/fault.ts';
import { socketPath } from '#model/base/broker-api.ts';

/** Questions to the broker at one time. */
const BROKER_CALLS = 512;

/** Files, store and broker client that the rest of ingest uses. */
export interface Resources {
  /** Time for removals: nothing is removed because of a clock that has jumped. */
  readonly trustedClock: TrustedClock;
  readonly operations: Operations;
  readonly reader: JournalReader;
  readonly store: Store;
  readonly broker: BrokerClient;
  readonly metrics: IngestMetrics;
}

/** Waits for the journal that the broker makes at its first start. Undefined when the signal came first. */
const awaitJournal = async ({ clock, folder, log, signal }: IngestDeps): Promise<JournalReader | undefined> => {
  while (!signal.aborted) {
    try {
      return await openJournalReader(folder.journal, { clock });
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.info('waiting for the broker to make its journal', { folder: folder.journal });
    }
  }
  return undefined;
};

/**
 * Asks the store once whether Klawing may write and read there, so that a wrong token or a missing bucket is in the log before
 * the first reading waits. Returns a function that ends the question.
 */
const startStoreCheck = (store: Store, log: IngestDeps['log']): (() => Promise<void>) => {
  const ended = new AbortController();
  const checked = store.check(ended.signal).then(
    () => log.info('store ready', { store: store.name }),
    (error: unknown) => {
      if (!ended.signal.aborted) log.error('store not ready; readings will wait in the journal', { error });
    },
  );
  return () => {
    ended.abort();
    return checked;
  };
};

/**
 * Opens the resources and leaves their closing to `closing`. Undefined when the signal came before there was a journal.
 * @throws Fault `DATA_LOCKED` when another ingest uses the folder, and those of store and operations
 */
export const openResources = async (
  { ingest, store: settings }: IngestOptions,
  deps: IngestDeps,
  closing: AsyncDisposableStack,
): Promise<Resources | undefined> => {
  const { clock, log, folder } = deps;
  const lock = lockFolder(folder.root, 'DATA_LOCKED');
  closing.defer(() => lock.release());
  const trustedClock = startTrustedClock(folder.root, { clock, log });
  closing.defer(() => trustedClock.stop());
  const operations = openSqliteOperations(folder.operations);
  closing.defer(() => operations.stop());
  const reader = await awaitJournal(deps);
  if (reader === undefined) return undefined;
  closing.defer(() => reader.stop());
  const store = await startStore(settings, { clock, log, folder: folder.root });
  closing.defer(() => store.stop());
  closing.defer(startStoreCheck(store, log));
  const place = { socketPath: socketPath(folder.root), timeout: ingest.brokerTimeout, maxCalls: BROKER_CALLS };
  const broker = startBrokerClient(place, { clock });
  closing.defer(() => broker.stop());
  return { trustedClock, operations, reader, store, broker, metrics: makeIngestMetrics(log) };
};
