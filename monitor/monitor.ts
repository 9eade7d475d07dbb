import { problemsOf, type ProbeFindings } from './problems.ts';
import { fleetCountsOf } from './fleet-counts.ts';
import { type ProbeDeps, type ProbeSettings, makeProbe } from './probe.ts';
import { unknownAlertsIn } from './unknown-alerts.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { FleetFigures } from '#ingest/metrics/fleet.ts';
import type { Alerter } from '#alerter/alerter.ts';
import type { AlertChange } from '#model/alerts/alert.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import { startPeriodic } from '#model/base/periodic.ts';
import type { Log } from '#model/base/log.ts';

export interface MonitorSettings extends ProbeSettings {
  /** How often the system is looked at. */
  readonly lookEvery: Duration;
}

export interface MonitorDeps extends ProbeDeps {
  readonly log: Log;
  readonly operations: Pick<Operations, 'registry' | 'openPackets' | 'noteClocks' | 'commitAlerts'>;
  readonly alerter: Pick<Alerter, 'attend' | 'attended'>;
  readonly ledger: Ledger;
  readonly figures: FleetFigures;
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** Looks at the system itself, so that a dead sensor is no calm river and a dead part no calm day. */
export interface Monitor {
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const CLOCKS_NOTED_EVERY = minutes(1);

/** Starts to look; what is found becomes alerts, in order, between two batches of watch. */
export const startMonitor = (settings: MonitorSettings, deps: MonitorDeps): Monitor => {
  const { clock, log, operations, readers, alerter, ledger, ledgerCheck, skews, availability } = deps;
  const look = makeProbe(settings, deps);
  let clocksNotedAt = clock.monotonic();

  /** What is thought of clocks outlives a restart. */
  const rememberClocks = async (): Promise<void> => {
    const changed = skews.takeChanged(operations.registry().devices.keys());
    if (changed.length > 0) await operations.noteClocks(changed);
    clocksNotedAt = clock.monotonic();
  };

  const attend = (found: ProbeFindings): Promise<void> =>
    readers.alerting.between(async () => {
      const isUndecided = unknownAlertsIn(found, { registry: () => operations.registry(), ledgerCheck, skews });
      const attended = alerter.attend(problemsOf(found, settings.limits), isUndecided);
      if (attended === undefined) return;
      await operations.commitAlerts(attended.commit);
      alerter.attended(attended.commit);
      const { changes, shown = [] } = attended.attended;
      if (changes.length + shown.length > 0) deps.onAlerts([...shown, ...changes]);
    });

  const once = async (signal: AbortSignal): Promise<Duration> => {
    try {
      await ledgerCheck.run(ledger, signal);
      const found = await look();
      deps.figures.looked(fleetCountsOf(found, operations.registry(), deps.known));
      await attend(found);
      if (clock.monotonic() - clocksNotedAt >= CLOCKS_NOTED_EVERY.ms) await rememberClocks();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('the system could not be looked at', { code: error.code, detail: error.detail });
    }
    return settings.lookEvery;
  };

  const looking = startPeriodic(clock, once);
  return {
    ended: looking.ended,
    stop: async () => {
      await looking.stop();
      await availability.stop();
      await rememberClocks();
    },
  };
};
