import { conditionsOf, type Findings } from './problems.ts';
import { fleetLookOf } from './fleet-counts.ts';
import { type LookDeps, type LookSettings, makeLook } from './probe.ts';
import { undecidedIn } from './unknown-alerts.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { FleetFigures } from '#ingest/metrics/fleet.ts';
import type { Alerter } from '#alerter/alerter.ts';
import type { AlertChange } from '#model/alerts/alert.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import { startRepeated } from '#model/base/periodic.ts';
import type { Log } from '#model/base/log.ts';

export interface VigilSettings extends LookSettings {
  /** How often the system is looked at. */
  readonly lookEvery: Duration;
}

export interface VigilDeps extends LookDeps {
  readonly log: Log;
  readonly operations: Pick<Operations, 'registry' | 'openPackets' | 'noteClocks' | 'commitAlerts'>;
  readonly alerter: Pick<Alerter, 'attend' | 'attended'>;
  readonly ledger: Ledger;
  readonly figures: FleetFigures;
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** Looks at the system itself, so that a dead sensor is no calm river and a dead part no calm day. */
export interface Vigil {
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const CLOCKS_NOTED_EVERY = minutes(1);

/** Starts to look; what is found becomes alerts, in order, between two batches of watch. */
export const startVigil = (settings: VigilSettings, deps: VigilDeps): Vigil => {
  const { clock, log, operations, readers, alerter, ledger, selfCheck, skews, listening } = deps;
  const look = makeLook(settings, deps);
  let clocksNotedAt = clock.monotonic();

  /** What is thought of clocks outlives a restart. */
  const rememberClocks = async (): Promise<void> => {
    const changed = skews.takeChanged(operations.registry().devices.keys());
    if (changed.length > 0) await operations.noteClocks(changed);
    clocksNotedAt = clock.monotonic();
  };

  const attend = (found: Findings): Promise<void> =>
    readers.watch.between(async () => {
      const isUndecided = undecidedIn(found, { registry: () => operations.registry(), selfCheck, skews });
      const attended = alerter.attend(conditionsOf(found, settings.limits), isUndecided);
      if (attended === undefined) return;
      await operations.commitAlerts(attended.commit);
      alerter.attended(attended.commit);
      const { changes, shown = [] } = attended.attended;
      if (changes.length + shown.length > 0) deps.onAlerts([...shown, ...changes]);
    });

  const once = async (signal: AbortSignal): Promise<Duration> => {
    try {
      await selfCheck.run(ledger, signal);
      const found = await look();
      deps.figures.looked(fleetLookOf(found, operations.registry(), deps.known));
      await attend(found);
      if (clock.monotonic() - clocksNotedAt >= CLOCKS_NOTED_EVERY.ms) await rememberClocks();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('the system could not be looked at', { code: error.code, detail: error.detail });
    }
    return settings.lookEvery;
  };

  const looking = startRepeated(clock, once);
  return {
    ended: looking.ended,
    stop: async () => {
      await looking.stop();
      await listening.stop();
      await rememberClocks();
    },
  };
};
