import { makeAlertService } from './alert-service.ts';
import { startApi } from '#api/server/api.ts';
import { makeBackup } from '#backup/backup.ts';
import { makeCommandService } from '#commands/service.ts';
import { pageOf } from './page-address.ts';
import { makeLiveFeed } from '#ingest/observe/live-feed.ts';
import { countingArrivals } from '#ingest/ledger/arrivals.ts';
import { makeLedger } from '#ingest/ledger/ledger.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { knownOf, makeStates } from '#state/states.ts';
import { keptFrom } from '#storage/readings/retention.ts';
import { startStore } from '#storage/readings/index.ts';
import { loadClockSkews } from '#monitor/clock-skew.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { makeOfflineAlerts } from '#alerter/offline.ts';
import { copyJournal } from '#journal/read/copy.ts';
import type { JournalWriter } from '#journal/journal.ts';
import { lockFolder } from '#process/folder-lock.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { socketPath } from '#model/base/broker-api.ts';

export interface OfflineDeps extends Omit<IngestDeps, 'random' | 'signal'> {
  /** The journal itself, opened by the caller: no broker runs that could be asked. */
  readonly journal: JournalWriter;
}

/**
 * The same API on files that nobody works on, for verbs that are called while nothing runs. It takes no readings and
 * runs no pipeline.
 * @throws Fault `DATA_LOCKED` when something does run
 */
export const startOffline = async (
  options: Omit<IngestOptions, 'rules'>,
  deps: OfflineDeps,
): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const { clock, log, folder, journal } = deps;
  await using closing = new AsyncDisposableStack();
  const lock = lockFolder(folder.root, 'DATA_LOCKED');
  closing.defer(() => lock.release());
  const operations = openSqliteOperations(folder.operations);
  closing.defer(() => operations.stop());
  const store = await startStore(options.store, { clock, log, folder: folder.root });
  closing.defer(() => store.stop());
  const reader = await openJournalReader(folder.journal, { clock });
  closing.defer(() => reader.stop());
  const timeout = options.ingest.brokerTimeout;
  const link = startBrokerClient({ socketPath: socketPath(folder.root), timeout, maxCalls: 8 }, { clock });
  closing.defer(() => link.stop());
  const replayer = makeReplayer({
    clock,
    operations,
    store,
    reader,
    signal: new AbortController().signal,
    between: (call) => call(),
    onStored: () => undefined,
  });
  const alerts = makeOfflineAlerts(options.alerts, {
    clock,
    log,
    rows: operations,
    link: options.alerts.link ?? pageOf(options.api),
    publish: (topic, payload, retain, signal) =>
      link.publish(
        {
          topic,
          payload,
          qos: 1,
          retain,
        },
        signal,
      ),
  });
  const api = await startApi(
    { ...options.api, host: '127.0.0.1', port: 0 },
    {
      clock,
      log,
      operations,
      store,
      broker: link,
      live: makeLiveFeed(),
      ledger: makeLedger({
        operations,
        store,
        journal: journal.id,
        arrivals: countingArrivals({
          reader,
          received: (from, to) => journal.received(from, to),
        }),
        between: (call) => call(),
        endReplay: () => replayer.end(),
        keptFrom: keptFrom(options.store.retention, clock),
      }),
      replayer,
      backup: makeBackup({
        clock,
        folder,
        operations,
        store,
        copyJournal,
        between: (call) => call(),
        untrimmed: (call) => call(),
      }),
      // the next start sends it
      commands: makeCommandService({ clock, rows: operations, onCommand: () => undefined, onConfig: () => undefined }),
      skews: loadClockSkews(options.ingest, operations),
      states: makeStates({
        operations,
        clock,
        silenceGrace: options.api.silenceGrace,
        isStoreAway: () => false,
        known: () => knownOf(operations),
      }),
      pipeline: {
        state: () => ({
          storing: operations.cursor('storing'),
          alerting: operations.cursor('alerting'),
          storeOutage: undefined,
        }),
      },
      rates: RateSettings.parse({}),
      secretKey: deps.secretKey,
      operatorToken: deps.operatorToken,
      channels: alerts,
      alerts: makeAlertService({ operations, ender: alerts, between: (call) => call(), onEnded: () => undefined }),
      metrics: () => makeIngestMetrics(log).text(),
    },
  );
  closing.defer(() => api.stop());
  const running = closing.move();
  return { url: api.url, stop: () => running.disposeAsync() };
};
