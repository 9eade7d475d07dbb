import type { LatestValue } from '#storage/operations/alerting.ts';
import type { Duration } from '#model/base/duration.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Family } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { SilenceCause } from '#model/registry/silence.ts';
import {
  type DeviceStanding,
  type ShownValue,
  type State,
  SYSTEM_STATES,
  type SystemState,
} from '#model/registry/state.ts';
import type { Station } from '#model/registry/station.ts';
import type { IsValid } from '#model/readings/valid.ts';
import type { AirIndex } from './air-index.ts';
import { byEvidence, hazardOf, type Measured, type HazardFinding } from './hazard.ts';
import { type SeenValue, seenAs } from './shown-value.ts';

/** Known facts of a device that is assigned to the station now and not revoked. */
export interface DeviceFacts {
  readonly id: string;
  /** Its newest values at this station. */
  readonly latest: readonly LatestValue[];
  /** Time for which it may be silent; an older value is stale. */
  readonly silenceLimit: Duration;
  readonly silence: { readonly since: Instant; readonly cause: SilenceCause } | undefined;
  /** Since when it, or its gateway, is disconnected although it should not be; undefined where it is not. */
  readonly offlineSince: Instant | undefined;
  /** Of a device in air; undefined without complete means. */
  readonly airIndex?: AirIndex | undefined;
}

/** Everything that the state of a station is computed from. */
export interface StationFacts {
  readonly station: Station;
  readonly devices: readonly DeviceFacts[];
  readonly isStoreAway: boolean;
  readonly isValid: IsValid;
  readonly now: Instant;
}

/** A family that this program does not know is shown without a category. */
const STRANGE: Family = {
  name: 'unknown',
  title: {
    id: '',
    en: '',
  },
  properties: {},
  headline: '',
  limits: [],
  crossChecks: [],
};

const measuredBy = (device: DeviceFacts, family: Family, { now, isValid }: StationFacts): Measured => {
  const order = Object.keys(family.properties);
  const sight = { now, isValid, limit: device.silenceLimit };
  const values = device.latest
    .filter(({ property }) => !Object.hasOwn(HOUSEKEEPING, property))
    .toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property))
    .map((latest) => seenAs(latest, sight));
  return { device: device.id, values, airIndex: device.airIndex };
};

const systemOf = ({ silence, offlineSince }: DeviceFacts): DeviceStanding['system'] => {
  if (silence !== undefined) return { state: 'silent', since: formatInstant(silence.since), cause: silence.cause };
  if (offlineSince !== undefined) return { state: 'offline', since: formatInstant(offlineSince), cause: null };
  return { state: 'in-order', since: null, cause: null };
};

/** The most serious state, and of how many devices; a store that is away concerns all of them. */
const systemOfAll = (states: readonly SystemState[], isStoreAway: boolean): State['system'] => {
  const of = states.length;
  const worst = SYSTEM_STATES.findLast((state) => states.includes(state)) ?? 'in-order';
  if (worst === 'in-order') return { state: isStoreAway ? 'store-away' : 'in-order', devices: of, of };
  return { state: worst, devices: states.filter((state) => state === worst).length, of };
};

/** The value that stands for devices: that of the level that was crossed, otherwise the worst of the headline. */
const standsFor = (finding: HazardFinding, devices: readonly Measured[], { headline }: Family): ShownValue | null => {
  if ((finding.hazard.rank ?? 0) > 0) return finding.by?.shown ?? null;
  const candidates: readonly SeenValue[] = devices
    .flatMap(({ values }) => values)
    .filter(({ shown }) => shown.property === headline);
  return candidates.toSorted(byEvidence)[0]?.shown ?? null;
};

/** Where a single value gives no category, the value that is shown can be relied on or not all the same. */
const assuranceOf = ({ hazard, assurance }: HazardFinding, value: ShownValue | null): State['assurance'] =>
  hazard.reason === 'no-category' ? (value?.assurance ?? 'unknown') : assurance;

const shownBy = (
  devices: readonly Measured[],
  family: Family,
  station: Station,
): Pick<State, 'hazard' | 'assurance' | 'value'> => {
  const finding = hazardOf(devices, family, station);
  const value = standsFor(finding, devices, family);
  return { hazard: finding.hazard, assurance: assuranceOf(finding, value), value };
};

/**
 * The state of a station at one moment, from nothing but what it is given. It follows the newest valid values; alerts
 * have no part in it.
 */
export const stateOf = (facts: StationFacts): State => {
  const { station, now, isStoreAway } = facts;
  const family = familyNamed(station.family) ?? STRANGE;
  const measured = facts.devices.map((device) => ({ device, of: measuredBy(device, family, facts) }));
  const devices = measured.map(
    ({ device, of }): DeviceStanding => ({
      device: device.id,
      ...shownBy([of], family, station),
      system: systemOf(device),
      values: of.values.map(({ shown }) => shown),
    }),
  );
  return {
    station: station.id,
    name: station.name,
    family: station.family,
    at: formatInstant(now),
    ...shownBy(
      measured.map(({ of }) => of),
      family,
      station,
    ),
    system: systemOfAll(
      devices.map(({ system }) => system.state),
      isStoreAway,
    ),
    devices,
  };
};
