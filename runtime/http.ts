import { type RunningApi, startApi } from '#api/server/api.ts';
import type { BrokerEndpoints } from '#api/deps.ts';
import { makeAlertService } from './alert-service.ts';
import type { Workers } from './workers.ts';
import { makeBackup } from '#backup/backup.ts';
import { makeCommandService } from '#commands/service.ts';
import type { Resources } from './resources.ts';
import { type Ledger, makeLedger } from '#ingest/ledger/ledger.ts';
import { startLedgerWorker } from '#ingest/ledger/worker-client.ts';
import type { BrokerPorts, IngestDeps, IngestOptions } from './options.ts';
import { keptFrom } from '#storage/readings/retention.ts';
import { makeLedgerCheck, type LedgerCheck } from '#monitor/ledger-check.ts';
import { copyJournal } from '#journal/read/copy.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { socketPath } from '#model/base/broker-api.ts';

/** What is asked of ingest, and what answers. */
export interface HttpServices {
  readonly api: RunningApi;
  readonly ledger: Ledger;
  readonly ledgerCheck: LedgerCheck;
}

/** Where there is TLS, a box is sent nowhere else. */
const endpointsOf = (broker: BrokerPorts | undefined): BrokerEndpoints => {
  if (broker === undefined) return {};
  const { mqttPort, wsPort, tlsPort, wssPort, tls } = broker;
  return tls === undefined ? { port: mqttPort, ws_port: wsPort } : { tls_port: tlsPort, wss_port: wssPort };
};

const proofOf = (
  { operations, store, reader, metrics }: Resources,
  { readers, replayer }: Workers,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Omit<HttpServices, 'api'> => {
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

/** Starts the ledger, and the API and the page over everything. */
export const startHttp = async (
  resources: Resources,
  workers: Workers,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Promise<HttpServices> => {
  const { clock, log, folder, secretKey, operatorToken } = deps;
  const { operations, store, broker, metrics } = resources;
  const { readers, live, alerter, dispatcher, replayer, skews, states, onAlerts } = workers;
  const proof = proofOf(resources, workers, options, { deps, closing });
  await deps.consoleBuilt;
  const api = await startApi(options.api, {
    clock,
    log,
    operations,
    store,
    broker,
    live,
    skews,
    states,
    replayer,
    secretKey,
    operatorToken,
    ledger: proof.ledger,
    backup: makeBackup({
      clock,
      folder,
      operations,
      store,
      copyJournal,
      between: (call) => readers.storing.between(call),
      untrimmed: (call) => readers.untrimmed(call),
    }),
    pipeline: {
      state: () => ({
        storing: readers.storing.cursor(),
        alerting: readers.alerting.cursor(),
        storeOutage: readers.storing.outage(),
      }),
    },
    ...(options.readToken === undefined ? {} : { readToken: options.readToken }),
    endpoints: endpointsOf(options.broker),
    rates: options.broker?.limits ?? RateSettings.parse({}),
    channels: alerter,
    alerts: makeAlertService({
      operations,
      ender: alerter,
      between: (call) => readers.alerting.between(call),
      onEnded: ({ evaluated, commit }) => {
        alerter.systemCommitted(commit);
        onAlerts(evaluated.changes);
      },
    }),
    commands: makeCommandService({
      clock,
      rows: operations,
      onCommand: () => dispatcher.commanded(),
      onConfig: ({ device }) => dispatcher.configured(device),
    }),
    metrics: async () => (await metrics.text()) + (await alerter.metrics()),
  });
  closing.defer(() => api.stop());
  return { ...proof, api };
};
