import { problemsOf, type ProbeFindings } from './problems.ts';
import { fleetCountsOf } from './fleet-counts.ts';
import { type ProbeDeps, type ProbeSettings, makeProbe } from './probe.ts';
import { unknownAlertsOf } from './unknown-alerts.ts';
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
  /** Interval between two probes. */
  readonly probeEvery: Duration;
}

export interface MonitorDeps extends ProbeDeps {
  readonly log: Log;
  readonly operations: Pick<Operations, 'registry' | 'openPackets' | 'readingCounts' | 'noteClocks' | 'commitAlerts'>;
  readonly alerter: Pick<Alerter, 'evaluateSystem' | 'systemCommitted'>;
  readonly ledger: Ledger;
  readonly figures: FleetFigures;
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** Monitors the service itself, so that missing data is not mistaken for a quiet river. */
export interface Monitor {
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const CLOCK_WRITE_INTERVAL = minutes(1);

/** Starts to probe. Problems become alerts, in order, between two batches of the alerting reader. */
export const startMonitor = (settings: MonitorSettings, deps: MonitorDeps): Monitor => {
  const { clock, log, operations, readers, alerter, ledger, ledgerCheck, skews, availability } = deps;
  const probe = makeProbe(settings, deps);
  let clocksWrittenAt = clock.monotonic();

  /** The estimates of device clocks outlive a restart. */
  const writeClocks = async (): Promise<void> => {
    const changed = skews.takeChanged(operations.registry().devices.keys());
    if (changed.length > 0) await operations.noteClocks(changed);
    clocksWrittenAt = clock.monotonic();
  };

  const evaluate = (found: ProbeFindings): Promise<void> =>
    readers.alerting.between(async () => {
      const isUnknown = unknownAlertsOf(found, { registry: () => operations.registry(), ledgerCheck, skews });
      const uncommitted = alerter.evaluateSystem(problemsOf(found, settings.limits), isUnknown);
      if (uncommitted === undefined) return;
      await operations.commitAlerts(uncommitted.commit);
      alerter.systemCommitted(uncommitted.commit);
      const { changes, shown = [] } = uncommitted.evaluated;
      if (changes.length + shown.length > 0) deps.onAlerts([...shown, ...changes]);
    });

  const once = async (signal: AbortSignal): Promise<Duration> => {
    try {
      await ledgerCheck.run(ledger, signal);
      const found = await probe();
      deps.figures.probed(fleetCountsOf(found, operations.registry(), deps.known));
      await evaluate(found);
      if (clock.monotonic() - clocksWrittenAt >= CLOCK_WRITE_INTERVAL.ms) await writeClocks();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('health check failed', { code: error.code, detail: error.detail });
    }
    return settings.probeEvery;
  };

  const probing = startPeriodic(clock, once);
  return {
    ended: probing.ended,
    stop: async () => {
      await probing.stop();
      await availability.stop();
      await writeClocks();
    },
  };
};
