import { type Workers, startWorkers } from './workers.ts';
import { type Resources, openResources } from './resources.ts';
import type { IngestDeps, IngestOptions } from './options.ts';
import { startForgettingMoved } from '#ingest/dedupe/forget-moved.ts';
import { startRequalifier } from '#ingest/requalifier.ts';
import { keepVersions } from '#ingest/keep-versions.ts';
import type { Instant } from '#model/base/instant.ts';
import { takeProfiles } from './profiles.ts';
import { startHeadLog } from '#audit/head.ts';
import { auditSettings } from '#audit/settings.ts';
import { startAccountRetention } from '#accounts/retention.ts';
import { startRetention } from '#ingest/quarantine/retention.ts';
import { type HttpServices, startHttp } from './http.ts';
import { startStoreRetention } from '#storage/readings/retention.ts';
import { startMonitor, type MonitorSettings } from '#monitor/monitor.ts';
import type { Periodic } from '#model/base/periodic.ts';

export interface Ingest {
  readonly url: string;
  /** Rejects with the bug that ended a reader or a job; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Finishes the current batch, then stops everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** With more waiting entries, old readings are not removed: the storing reader comes first. */
const QUIET_LAG = 5_000;

const monitorSettings = ({ ingest, api }: IngestOptions): MonitorSettings => ({
  probeEvery: ingest.probeEvery,
  silenceGrace: api.silenceGrace,
  limits: { behind: ingest.behindLimit, quarantined: ingest.quarantineLimit },
  countEvery: ingest.balanceEvery,
});

/** Starts the periodic jobs: the monitor, and the removal of old packets, identities and readings. */
const startPeriodicJobs = (
  resources: Resources,
  workers: Workers,
  { ledger, ledgerCheck, accounts }: HttpServices,
  { options, deps }: { readonly options: IngestOptions; readonly deps: IngestDeps },
): readonly Periodic[] => {
  const { clock, log } = deps;
  const { trustedClock, operations, store, reader, broker, metrics } = resources;
  const { readers, alerter, skews, versions, takeovers, availability, current, qualifiers, onAlerts } = workers;
  const isQuiet = (): boolean =>
    readers.storing.outage() === undefined && reader.synced() - readers.storing.cursor().sequence < QUIET_LAG;
  return [
    startMonitor(monitorSettings(options), {
      trustedClock,
      clock,
      log,
      operations,
      readers,
      broker,
      alerter,
      ledger,
      ledgerCheck,
      skews,
      versions,
      takeovers,
      availability,
      onAlerts,
      known: current,
      figures: metrics.fleet,
      synced: () => reader.synced(),
    }),
    startRetention({ keepClosed: options.ingest.keepClosedQuarantine }, { clock: trustedClock, operations, log }),
    startRequalifier({
      clock,
      trustedClock,
      operations,
      store,
      qualifier: qualifiers.storing,
      versions: () => options.quality,
      between: (call) => readers.storing.between(call),
    }),
    startForgettingMoved({ clock, reader, operations }),
    startHeadLog({ clock, log, operations }),
    startAccountRetention(options.accounts, { clock: trustedClock, log, operations, people: accounts.people }),
    startStoreRetention(options.store.retention, { clock: trustedClock, log, store, operations, isQuiet }),
  ];
};

/** Notes the parameters of the quality tests, which stay what they are once they are in force. */
const keepQuality = async (
  { quality }: IngestOptions,
  { operations }: Pick<Resources, 'operations'>,
  now: Instant,
): Promise<void> => {
  const isFirst = operations.cursor('storing') === undefined;
  await operations.keepQualityVersions(keepVersions(quality, operations.qualityVersions(), { now, isFirst }));
};

/**
 * Starts the ingest process: resources, readers with their listeners, HTTP API, periodic jobs. Undefined when the signal
 * came before there was a journal.
 * @throws Fault `DATA_LOCKED` when another ingest uses the folder, and those of store, operations and API
 */
export const startIngest = async (options: IngestOptions, deps: IngestDeps): Promise<Ingest | undefined> => {
  await using closing = new AsyncDisposableStack();
  const resources = await openResources(options, deps, closing);
  if (resources === undefined) return undefined;
  const { profiles, ...settings } = options;
  await auditSettings(settings, resources.operations, { at: deps.clock.now(), secretKey: deps.secretKey });
  await keepQuality(options, resources, deps.clock.now());
  await takeProfiles(profiles, resources, deps);
  const workers = startWorkers(resources, options, deps, closing);
  const http = await startHttp(resources, workers, options, { deps, closing });
  const jobs = startPeriodicJobs(resources, workers, http, { options, deps });
  for (const job of jobs) closing.defer(() => job.stop());
  const ended = Promise.all([workers.readers, workers.alerter, workers.dispatcher, ...jobs].map((part) => part.ended));
  const running = closing.move();
  return { url: http.api.url, ended: ended.then(() => undefined), stop: () => running.disposeAsync() };
};
