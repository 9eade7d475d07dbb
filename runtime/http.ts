import { type RunningApi, startApi } from '#api/server/api.ts';
import type { Doors } from '#api/deps.ts';
import { makeAlertDesk } from './alert-service.ts';
import type { AtWork } from './workers.ts';
import { makeBackup } from '#backup/backup.ts';
import { makeCommandDesk } from '#commands/service.ts';
import type { Ground } from './resources.ts';
import { type Ledger, makeLedger } from '#ingest/ledger/ledger.ts';
import { startLedgerThread } from '#ingest/ledger/worker-client.ts';
import type { BrokerPorts, IngestDeps, IngestOptions } from './options.ts';
import { keptFrom } from '#storage/readings/retention.ts';
import { makeSelfCheck, type SelfCheck } from '#monitor/ledger-check.ts';
import { copyJournal } from '#journal/read/copy.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { socketPath } from '#model/base/broker-api.ts';

/** What is asked of ingest, and what answers. */
export interface Serving {
  readonly api: RunningApi;
  readonly ledger: Ledger;
  readonly selfCheck: SelfCheck;
}

/** Where there is TLS, a box is sent nowhere else. */
const doorsOf = (broker: BrokerPorts | undefined): Doors => {
  if (broker === undefined) return {};
  const { mqttPort, wsPort, tlsPort, wssPort, tls } = broker;
  return tls === undefined ? { port: mqttPort, ws_port: wsPort } : { tls_port: tlsPort, wss_port: wssPort };
};

const proofOf = (
  { operations, store, reader, telemetry }: Ground,
  { readers, replayer }: AtWork,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Omit<Serving, 'api'> => {
  const { clock, log, folder } = deps;
  const isSuspected = operations.standingAlerts().some(({ rule }) => rule === 'ledger-unverified');
  const selfCheck = makeSelfCheck(options.ingest, { clock, log, figures: telemetry.ledger, isSuspected });
  const place = { journal: folder.journal, socketPath: socketPath(folder.root), timeout: options.ingest.brokerTimeout };
  const counting = startLedgerThread(place, { clock, log });
  closing.defer(() => counting.stop());
  const ledger = makeLedger({
    ...{ operations, store, journal: reader.id, arrivals: counting.count },
    between: (call) => readers.keep.between(call),
    endReplay: () => replayer.end(),
    keptFrom: keptFrom(options.store.retention, clock),
    onVerified: (verification, fromHour) => selfCheck.verified(verification, fromHour),
  });
  return { ledger, selfCheck };
};

/** Starts the ledger, and the API and the page over everything. */
export const startServing = async (
  ground: Ground,
  work: AtWork,
  options: IngestOptions,
  { deps, closing }: { readonly deps: IngestDeps; readonly closing: AsyncDisposableStack },
): Promise<Serving> => {
  const { clock, log, folder, secretKey, operatorToken } = deps;
  const { operations, store, link, telemetry } = ground;
  const { readers, live, alerter, courier, replayer, skews, states, onAlerts } = work;
  const proof = proofOf(ground, work, options, { deps, closing });
  await deps.consoleBuilt;
  const api = await startApi(options.api, {
    ...{ clock, log, operations, store, link, live, skews, states, replayer, secretKey, operatorToken },
    ledger: proof.ledger,
    backup: makeBackup({
      ...{ clock, folder, operations, store, copyJournal },
      between: (call) => readers.keep.between(call),
      untrimmed: (call) => readers.untrimmed(call),
    }),
    pipeline: {
      state: () => ({
        keep: readers.keep.cursor(),
        watch: readers.watch.cursor(),
        storeOutage: readers.keep.outage(),
      }),
    },
    ...(options.readToken === undefined ? {} : { readToken: options.readToken }),
    doors: doorsOf(options.broker),
    rates: options.broker?.limits ?? RateSettings.parse({}),
    channels: alerter,
    alerts: makeAlertDesk({
      ...{ operations, ender: alerter },
      between: (call) => readers.watch.between(call),
      onEnded: ({ attended, commit }) => {
        alerter.attended(commit);
        onAlerts(attended.changes);
      },
    }),
    commands: makeCommandDesk({
      ...{ clock, rows: operations },
      onCommand: () => courier.commanded(),
      onConfig: ({ device }) => courier.configured(device),
    }),
    metrics: async () => (await telemetry.text()) + (await alerter.metrics()),
  });
  closing.defer(() => api.stop());
  return { ...proof, api };
};
