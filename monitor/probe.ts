import { makeBrokerProbe } from './broker-health.ts';
import type { ClockSkews } from './clock-skew.ts';
import { type ProbeFindings, isBehind, type ProblemLimits, type DeviceClockProblem } from './problems.ts';
import type { RefusedVersions } from './refused-versions.ts';
import { type ContestedIdentity, type DeviceReplacedReadings, placeOf } from './identity-problems.ts';
import { makeReplacedReadings, type ReplacedReadings } from './replaced-readings.ts';
import { silentDevices, withVersions } from './silent-devices.ts';
import type { Takeovers } from './takeovers.ts';
import type { Availability } from './availability.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { Readers } from '#ingest/readers.ts';
import type { BrokerClient } from '#broker/client/broker-client.ts';
import type { CurrentState } from '#ingest/observe/observe.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { stationAt } from '#model/registry/device.ts';

export interface ProbeSettings {
  /** Time beyond three missed reports. */
  readonly silenceGrace: Duration;
  readonly limits: ProblemLimits;
  /** Interval at which the ledger is asked for replaced readings. */
  readonly countEvery: Duration;
}

/** The parts that a probe checks. */
export interface ProbeDeps {
  readonly clock: Clock;
  readonly operations: Pick<Operations, 'registry' | 'openPackets' | 'readingCounts'>;
  /** Presence and last sign of life of devices, in the memory of the alerting reader. */
  readonly known: Pick<CurrentState, 'presence' | 'seen'>;
  readonly readers: Readers;
  readonly broker: Pick<BrokerClient, 'health' | 'hasAnswered'>;
  /** Number of the newest synced entry. */
  readonly synced: () => number;
  readonly ledgerCheck: LedgerCheck;
  readonly skews: ClockSkews;
  readonly versions: RefusedVersions;
  readonly takeovers: Takeovers;
  readonly availability: Availability;
  /** Compares the machine's clock with the time that passes. */
  readonly trustedClock: { jump(): Duration | undefined };
}

const ANOTHER_JUMP = minutes(1);

const STALLS = {
  bound: { id: 'Jurnal mencapai batas ukuran', en: 'The journal has reached its size limit' },
  reserve: { id: 'Ruang disk tersisa hanya cadangan', en: 'Only the reserve of the disk is left' },
  error: { id: 'Disk jurnal rusak', en: 'The disk of the journal fails' },
} as const;

const wrongClocks = ({ operations, skews }: ProbeDeps, now: Instant): readonly DeviceClockProblem[] =>
  [...operations.registry().devices.values()].flatMap((device) => {
    const station = stationAt(device, now);
    const skew = skews.of(device.id, device.every);
    if (station === undefined || device.revoked || skew?.isWrong !== true) return [];
    return [{ device: device.id, station, ahead: skew.ahead }];
  });

const contestedIn = ({ operations, takeovers }: ProbeDeps, now: Instant): readonly ContestedIdentity[] =>
  [...takeovers.senders()].flatMap((sender) => {
    const count = takeovers.of(sender, now);
    const station = count === undefined ? undefined : placeOf(operations.registry(), sender, now);
    return count === undefined || station === undefined ? [] : [{ sender, station, takeovers: count }];
  });

const replacedIn = (
  { operations, takeovers }: ProbeDeps,
  replaced: readonly ReplacedReadings[],
  now: Instant,
): readonly DeviceReplacedReadings[] =>
  replaced.flatMap((one) => {
    const station = placeOf(operations.registry(), one.device, now);
    if (station === undefined) return [];
    return [{ ...one, station, isContested: takeovers.of(one.device, now) !== undefined }];
  });

/** Checks the parts of the system and its devices, once a call. */
export const makeProbe = (
  { silenceGrace: grace, limits, countEvery }: ProbeSettings,
  deps: ProbeDeps,
): (() => Promise<ProbeFindings>) => {
  const { clock, operations, readers, ledgerCheck, availability } = deps;
  const askBroker = makeBrokerProbe(deps.broker, clock);
  const replaced = makeReplacedReadings(countEvery, deps);
  let jumpBefore = deps.trustedClock.jump();
  /** Drops the estimates of device clocks when our own clock was set since they were made. */
  const checkClock = (): Duration | undefined => {
    const jump = deps.trustedClock.jump();
    if (Math.abs((jump?.ms ?? 0) - (jumpBefore?.ms ?? 0)) > ANOTHER_JUMP.ms) deps.skews.forget();
    jumpBefore = jump;
    return jump;
  };
  return async (): Promise<ProbeFindings> => {
    const { health, down } = await askBroker();
    const now = clock.now();
    if (health !== undefined) deps.versions.report(health.otherVersions);
    const stalled = health?.journal.stalled;
    const clockJump = checkClock();
    if (down === undefined && stalled === undefined) await availability.noteReachable(now, deps.known.seen);
    const context = {
      now,
      grace,
      registry: operations.registry(),
      outages: availability.outages(),
      presence: deps.known.presence,
      lastSeen: deps.known.seen,
    };
    const found = {
      now,
      brokerDown: down,
      journalStalled: stalled && { why: STALLS[stalled], bytes: health?.journal.bytes ?? 0 },
      storeOutage: readers.storing.outage(),
      behind: deps.synced() - readers.alerting.cursor().sequence,
      imbalance: ledgerCheck.imbalance(),
      unverified: ledgerCheck.unverified(),
      quarantined: operations.openPackets(),
      silent: withVersions(silentDevices(context), deps.versions),
      wrongClocks: wrongClocks(deps, now),
      replaced: replacedIn(deps, replaced(), now),
      contested: contestedIn(deps, now),
      areTakeoversKnown: deps.takeovers.isKnown(now),
      clockJump,
    };
    if (isBehind(found, limits)) availability.noteUnreachable();
    return { ...found, isSettling: availability.isSettling() };
  };
};
