import type { ApiDeps, BrokerEndpoints } from '#api/deps.ts';
import { makeAccounts } from '#accounts/accounts.ts';
import type { AlertEnder, ChannelTester, Uncommitted } from '#alerter/alerter.ts';
import { makeAlertService } from './alert-service.ts';
import { makeBackup } from '#backup/backup.ts';
import { makeCommandService, type CommandServiceDeps } from '#commands/service.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { copyJournal } from '#journal/read/copy.ts';
import { RecentRefusals } from '#model/limits/recent-refusals.ts';
import { RateSettings } from '#model/limits/rates.ts';

/** Runs a call between two batches of a reader, or at once where no reader runs. */
type Between = <T>(call: () => Promise<T>) => Promise<T>;

/** The files and the addresses that the API is built on, with a running pipeline and without. */
export type ApiBase = Pick<
  ApiDeps,
  'clock' | 'log' | 'operations' | 'store' | 'broker' | 'secretKey' | 'operatorToken' | 'isDemo'
> &
  Pick<IngestDeps, 'folder'>;

/** The parts that differ between a running pipeline (`http.ts`) and files that nothing works on (`offline.ts`). */
export interface ApiVariant
  extends Pick<ApiDeps, 'live' | 'pipeline' | 'ledger' | 'states' | 'skews' | 'versions' | 'replayer' | 'metrics'>,
    Pick<CommandServiceDeps, 'onCommand' | 'onConfig'> {
  readonly alerter: ChannelTester & AlertEnder;
  readonly onAlertEnded: (ended: Uncommitted) => void;
  readonly betweenStoring: Between;
  readonly betweenAlerting: Between;
  /** Runs a call while the journal keeps every entry. */
  readonly untrimmed: Between;
}

/** Ports for devices that ask where to connect. With TLS the plain ports are left out. */
const endpointsOf = (broker: IngestOptions['broker']): BrokerEndpoints => {
  if (broker === undefined) return {};
  const { mqttPort, wsPort, tlsPort, wssPort, tls } = broker;
  return tls === undefined ? { port: mqttPort, ws_port: wsPort } : { tls_port: tlsPort, wss_port: wssPort };
};

/** Builds the dependencies of the API; the only place that does. */
export const makeApiDeps = (
  { folder, ...base }: ApiBase,
  options: Pick<IngestOptions, 'readToken' | 'broker' | 'accounts'>,
  variant: ApiVariant,
): ApiDeps => {
  const { clock, operations, store } = base;
  const { alerter, betweenStoring, betweenAlerting, untrimmed, onAlertEnded, onCommand, onConfig, ...parts } = variant;
  return {
    ...base,
    ...parts,
    backup: makeBackup({ clock, folder, operations, store, copyJournal, between: betweenStoring, untrimmed }),
    commands: makeCommandService({ clock, rows: operations, onCommand, onConfig }),
    channels: alerter,
    alerts: makeAlertService({ operations, ender: alerter, between: betweenAlerting, onEnded: onAlertEnded }),
    accounts: makeAccounts({ clock, rows: operations, secretKey: base.secretKey, settings: options.accounts }),
    accountSettings: options.accounts,
    endpoints: endpointsOf(options.broker),
    refusedPosts: new RecentRefusals(() => clock.now()),
    rates: options.broker?.limits ?? RateSettings.parse({}),
    ...(options.readToken === undefined ? {} : { readToken: options.readToken }),
  };
};
