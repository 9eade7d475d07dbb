import { startApi } from '#api/server/api.ts';
import { type ApiBase, type ApiVariant, makeApiDeps } from './api-deps.ts';
import { makeLiveFeed } from '#ingest/observe/live-feed.ts';
import { countingArrivals } from '#ingest/ledger/arrivals.ts';
import { makeLedger } from '#ingest/ledger/ledger.ts';
import { alertLink, type IngestDeps, type IngestOptions } from './options.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { knownOf, makeStates } from '#state/states.ts';
import { keptFrom } from '#storage/readings/retention.ts';
import { startStore } from '#storage/readings/index.ts';
import { loadClockSkews } from '#monitor/clock-skew.ts';
import { RefusedVersions } from '#monitor/refused-versions.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { makeOfflineAlerts } from '#alerter/offline.ts';
import type { JournalReader, JournalWriter } from '#journal/journal.ts';
import { lockFolder } from '#process/folder-lock.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { socketPath } from '#model/base/broker-api.ts';

/** Questions to the broker at one time. */
const BROKER_CALLS = 8;

/** Options without those of a running service: no rules are evaluated, and no device asks where to connect. */
type OfflineOptions = Omit<IngestOptions, 'rules' | 'quality' | 'profiles' | 'broker' | 'readToken'>;

export interface OfflineDeps extends Omit<IngestDeps, 'random' | 'signal'> {
  /** The journal itself, opened by the caller, because no broker runs. */
  readonly journal: JournalWriter;
}

interface OfflineResources {
  readonly base: ApiBase;
  readonly reader: JournalReader;
}

const openOffline = async (
  options: OfflineOptions,
  { clock, log, folder, secretKey, operatorToken }: OfflineDeps,
  closing: AsyncDisposableStack,
): Promise<OfflineResources> => {
  const lock = lockFolder(folder.root, 'DATA_LOCKED');
  closing.defer(() => lock.release());
  const operations = openSqliteOperations(folder.operations);
  closing.defer(() => operations.stop());
  const store = await startStore(options.store, { clock, log, folder: folder.root });
  closing.defer(() => store.stop());
  const reader = await openJournalReader(folder.journal, { clock });
  closing.defer(() => reader.stop());
  const timeout = options.ingest.brokerTimeout;
  const broker = startBrokerClient({ socketPath: socketPath(folder.root), timeout, maxCalls: BROKER_CALLS }, { clock });
  closing.defer(() => broker.stop());
  const base = { clock, log, folder, secretKey, operatorToken, operations, store, broker, isDemo: false };
  return { base, reader };
};

/** The API without a pipeline: calls run at once, and changes wait in the database for the next start. */
const offlineVariant = (
  { base, reader }: OfflineResources,
  options: OfflineOptions,
  journal: JournalWriter,
): ApiVariant => {
  const { clock, log, operations, store, broker } = base;
  const replayer = makeReplayer({
    clock,
    operations,
    store,
    reader,
    signal: new AbortController().signal,
    between: (call) => call(),
    onStored: () => undefined,
  });
  return {
    live: makeLiveFeed(),
    replayer,
    ledger: makeLedger({
      operations,
      store,
      journal: journal.id,
      arrivals: countingArrivals({ reader, received: (from, to) => journal.received(from, to) }),
      between: (call) => call(),
      endReplay: () => replayer.end(),
      keptFrom: keptFrom(options.store.retention, clock),
    }),
    states: makeStates({
      operations,
      clock,
      silenceGrace: options.api.silenceGrace,
      isStoreAway: () => false,
      known: () => knownOf(operations),
    }),
    skews: loadClockSkews(options.ingest, operations),
    versions: new RefusedVersions(),
    alerter: makeOfflineAlerts(options.alerts, {
      clock,
      log,
      rows: operations,
      link: alertLink(options),
      publish: (topic, payload, retain, signal) => broker.publish({ topic, payload, qos: 1, retain }, signal),
    }),
    pipeline: {
      state: () => ({
        storing: operations.cursor('storing'),
        alerting: operations.cursor('alerting'),
        storeOutage: undefined,
      }),
    },
    betweenStoring: (call) => call(),
    betweenAlerting: (call) => call(),
    untrimmed: (call) => call(),
    onAlertEnded: () => undefined,
    onCommand: () => undefined,
    onConfig: () => undefined,
    metrics: () => makeIngestMetrics(log).text(),
  };
};

/**
 * Starts the same API over files that no process works on, for verbs that are called while Klawing does not run. It does
 * not take readings and does not run the pipeline.
 * @throws Fault `DATA_LOCKED` when a service runs
 */
export const startOffline = async (
  options: OfflineOptions,
  deps: OfflineDeps,
): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  await using closing = new AsyncDisposableStack();
  const resources = await openOffline(options, deps, closing);
  const variant = offlineVariant(resources, options, deps.journal);
  const api = await startApi(
    { ...options.api, host: '127.0.0.1', port: 0 },
    makeApiDeps(resources.base, { accounts: options.accounts }, variant),
  );
  closing.defer(() => api.stop());
  const running = closing.move();
  return { url: api.url, stop: () => running.disposeAsync() };
};
