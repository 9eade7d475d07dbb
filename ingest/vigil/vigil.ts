import { askingBroker } from './broker-answers.ts';
import type { ClockSkews } from './clock-skew.ts';
import { conditionsOf, type Findings, isDeaf, type Limits, type WrongClock } from './conditions.ts';
import { silentDevices } from './devices.ts';
import type { Listening } from './listening.ts';
import type { SelfCheck } from './self-check.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { Operations } from '#ingest/operations/operations.ts';
import type { Readers } from '#ingest/readers.ts';
import type { Now } from '#ingest/watch/observe.ts';
import type { BrokerLink } from '#ingest/receive/broker-link.ts';
import type { Alerter } from '#alerter/alerter.ts';
import type { Alert, AlertChange } from '#model/alert.ts';
import type { Clock } from '#model/clock.ts';
import { type Duration, minutes } from '#model/duration.ts';
import { isOutage } from '#model/fault.ts';
import type { Log } from '#model/log.ts';
import { stationAt } from '#model/station.ts';

export interface VigilSettings {
  /** How often the system is looked at. */
  readonly lookEvery: Duration;
  /** Beyond three missed reports. */
  readonly silenceGrace: Duration;
  readonly limits: Limits;
}

export interface VigilDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Operations;
  /** Who is there and who spoke when, as watch knows it. */
  readonly known: Pick<Now, 'presence' | 'seen'>;
  readonly readers: Readers;
  readonly link: Pick<BrokerLink, 'health'>;
  /** Number of the newest synced entry. */
  readonly synced: () => number;
  readonly alerter: Alerter;
  readonly ledger: Ledger;
  readonly selfCheck: SelfCheck;
  readonly skews: ClockSkews;
  readonly listening: Listening;
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
}

/** Looks at the system itself, so that a dead sensor is no calm river and a dead part no calm day. */
export interface Vigil {
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const CLOCKS_NOTED_EVERY = minutes(1);

const STALLS = {
  bound: { id: 'Jurnal mencapai batas ukurannya', en: 'The journal has grown to its bound' },
  reserve: { id: 'Ruang cakram tinggal cadangan', en: 'The disk is down to its reserve' },
  error: { id: 'Cakram jurnal rusak', en: 'The disk of the journal fails' },
} as const;

/** Starts to look; what is found becomes alerts, in order, between two batches of watch. */
export const startVigil = ({ lookEvery, silenceGrace: grace, limits }: VigilSettings, deps: VigilDeps): Vigil => {
  const { clock, log, operations, readers, alerter, ledger, selfCheck, skews, listening } = deps;
  const stopping = new AbortController();
  const askBroker = askingBroker(deps.link, clock);
  let clocksNotedAt = clock.monotonic();

  const wrongClocks = (): readonly WrongClock[] =>
    [...operations.registry().devices.values()].flatMap((device) => {
      const station = stationAt(device, clock.now());
      const skew = skews.of(device.id, device.every);
      if (station === undefined || device.revoked || skew?.isWrong !== true) return [];
      return [{ device: device.id, station, ahead: skew.ahead }];
    });

  const look = async (): Promise<Findings> => {
    const { health, down } = await askBroker();
    const now = clock.now();
    const stalled = health?.journal.stalled;
    if (down === undefined && stalled === undefined) await listening.heard(now, deps.known.seen);
    const heard = {
      ...{ now, grace, registry: operations.registry(), gaps: listening.gaps() },
      ...{ presence: deps.known.presence, lastSeen: deps.known.seen },
    };
    const found = {
      now,
      brokerDown: down,
      journalStalled: stalled && { why: STALLS[stalled], bytes: health?.journal.bytes ?? 0 },
      storeOutage: readers.keep.outage(),
      behind: deps.synced() - readers.watch.cursor().sequence,
      imbalance: selfCheck.imbalance(),
      unverified: selfCheck.unverified(),
      quarantined: operations.openPackets(),
      silent: silentDevices(heard),
      wrongClocks: wrongClocks(),
    };
    if (isDeaf(found, limits)) listening.deaf();
    return { ...found, isSettling: listening.isSettling() };
  };

  /** What stands from before and was not looked at yet, or cannot be told while nobody can hear. */
  const undecidedIn =
    (found: Findings) =>
    (alert: Alert): boolean => {
      switch (alert.rule) {
        case 'broker-down':
          return found.brokerDown?.isStarting === true;
        case 'ledger-imbalance':
        case 'ledger-unverified':
          return !selfCheck.isDecided(alert.rule);
        case 'device-silent':
        case 'gateway-silent':
          return found.isSettling;
        case 'clock-wrong': {
          const device = operations.registry().devices.get(alert.device);
          return device !== undefined && !device.revoked && skews.of(device.id, device.every) === undefined;
        }
        default:
          return false;
      }
    };

  /** What is thought of clocks outlives a restart. */
  const rememberClocks = async (): Promise<void> => {
    const changed = skews.takeChanged(operations.registry().devices.keys());
    if (changed.length > 0) await operations.noteClocks(changed);
    clocksNotedAt = clock.monotonic();
  };

  const attend = (found: Findings): Promise<void> =>
    readers.watch.between(async () => {
      const attended = alerter.attend(conditionsOf(found, limits), undecidedIn(found));
      if (attended === undefined) return;
      await operations.commitAlerts(attended.commit);
      alerter.attended(attended.commit);
      if (attended.attended.changes.length > 0) deps.onAlerts(attended.attended.changes);
    });

  const once = async (): Promise<void> => {
    try {
      await selfCheck.run(ledger, stopping.signal);
      await attend(await look());
      if (clock.monotonic() - clocksNotedAt >= CLOCKS_NOTED_EVERY.ms) await rememberClocks();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('the system could not be looked at', { code: error.code, detail: error.detail });
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await once();
      await clock.sleep(lookEvery, stopping.signal);
    }
  };

  const ended = run();
  return {
    ended,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => undefined);
      await listening.stop();
      await rememberClocks();
    },
  };
};
