import { processMetrics } from '#process/process-metrics.ts';
import type { Accounts } from '#accounts/accounts.ts';
import { type RunningApi, startApi } from '#api/server/api.ts';
import { type ApiVariant, makeApiDeps } from './api-deps.ts';
import type { Workers } from './workers.ts';
import type { Resources } from './resources.ts';
import { type Ledger, makeLedger } from '#ingest/ledger/ledger.ts';
import { startLedgerWorker } from '#ingest/ledger/worker-client.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { keptFrom } from '#storage/readings/retention.ts';
import { makeLedgerCheck, type LedgerCheck } from '#monitor/ledger-check.ts';
import { startServerCertificate } from '#process/tls-files.ts';
import { socketPath } from '#model/base/broker-api.ts';

/** The HTTP API, and the ledger that it shares with the monitor. */
export interface HttpServices {
  readonly api: RunningApi;
  readonly ledger: Ledger;
  readonly ledgerCheck: LedgerCheck;
  readonly accounts: Accounts;
}

/** Starts the ledger, with its counting thread and its check. */
const startLedger = (
  { operations, store, reader, metrics }: Resources,
  { readers, replayer }: Workers,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Pick<HttpServices, 'ledger' | 'ledgerCheck'> => {
  const { clock, log, folder } = deps;
  const isWholeFirst = operations.standingAlerts().some(({ rule }) => rule === 'ledger-unverified');
  const ledgerCheck = makeLedgerCheck(options.ingest, { clock, log, figures: metrics.ledger, isWholeFirst });
  const place = { journal: folder.journal, socketPath: socketPath(folder.root), timeout: options.ingest.brokerTimeout };
  const counting = startLedgerWorker(place, { clock, log });
  closing.defer(() => counting.stop());
  const ledger = makeLedger({
    operations,
    store,
    journal: reader.id,
    arrivals: counting.count,
    between: (call) => readers.storing.between(call),
    endReplay: () => replayer.end(),
    keptFrom: keptFrom(options.store.retention, clock),
    onVerified: (verification, fromHour) => ledgerCheck.verified(verification, fromHour),
  });
  return { ledger, ledgerCheck };
};

/** The API beside the running pipeline. */
const onlineVariant = ({ metrics }: Resources, workers: Workers, ledger: Ledger): ApiVariant => {
  const { readers, live, alerter, dispatcher, replayer, skews, versions, states, onAlerts } = workers;
  return {
    live,
    ledger,
    states,
    skews,
    versions,
    replayer,
    alerter,
    pipeline: {
      state: () => ({
        storing: readers.storing.cursor(),
        alerting: readers.alerting.cursor(),
        storeOutage: readers.storing.outage(),
      }),
    },
    betweenStoring: (call) => readers.storing.between(call),
    betweenAlerting: (call) => readers.alerting.between(call),
    untrimmed: (call) => readers.untrimmed(call),
    onAlertEnded: ({ evaluated, commit }) => {
      alerter.systemCommitted(commit);
      onAlerts(evaluated.changes);
    },
    onCommand: () => dispatcher.commanded(),
    onConfig: ({ device }) => dispatcher.configured(device),
    metrics: async () => (await metrics.text()) + (await alerter.metrics()) + processMetrics('klawing_ingest'),
  };
};

/** Starts the ledger, and the HTTP API with the console. */
export const startHttp = async (
  resources: Resources,
  workers: Workers,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Promise<HttpServices> => {
  const { clock, log, folder, secretKey, operatorToken } = deps;
  const { operations, store, broker } = resources;
  const { ledger, ledgerCheck } = startLedger(resources, workers, options, { deps, closing });
  await deps.consoleBuilt;
  const { isDemo = false } = deps;
  const base = { clock, log, folder, operations, store, broker, secretKey, operatorToken, isDemo };
  const variant = onlineVariant(resources, workers, ledger);
  const apiDeps = makeApiDeps(base, options, variant);
  const certificate = options.broker?.tls && startServerCertificate(options.broker.tls, { clock, log });
  if (certificate !== undefined) closing.defer(() => certificate.stop());
  const api = await startApi(options.api, certificate === undefined ? apiDeps : { ...apiDeps, certificate });
  closing.defer(() => api.stop());
  return { api, ledger, ledgerCheck, accounts: apiDeps.accounts };
};
