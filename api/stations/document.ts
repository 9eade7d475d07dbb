import type { z } from 'zod';
import { formatDuration } from '#model/base/duration.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Property } from '#model/readings/family.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import { silenceLimit } from '#model/registry/silence.ts';
import type { Station } from '#model/registry/station.ts';
import {
  type DeviceOverview,
  type Facts,
  stationOverview,
  stationOverviews,
  type StationOverview,
} from '#state/overview.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import type { DeviceState, LastValue, StationState } from './schema.ts';

const propertyOf = (family: string, property: string): Property | undefined =>
  familyNamed(family)?.properties[property];

/** A value in an answer. */
export const lastValue = (value: LatestValue, now: Instant): z.infer<typeof LastValue> => {
  const property = propertyOf(value.family, value.property);
  const unit = property?.unit ?? '1';
  return {
    device: value.device,
    property: value.property,
    title: property?.title ?? { id: value.property, en: value.property },
    value: value.value,
    decimals: property?.decimals ?? 3,
    unit,
    unit_text: UNIT_TEXT[unit] ?? unit,
    flag: value.flag,
    observed_at: formatInstant(value.observedAt),
    received_at: formatInstant(value.receivedAt),
    timed_by: value.timedBy,
    age_seconds: Math.max(0, Math.round((now - value.observedAt) / 1_000)),
  };
};

/** A device in an answer, with its newest housekeeping values. */
// oxlint-disable-next-line complexity -- one condition for each optional member of an answer
export const deviceState = (
  { device, presence, lastSeen, silence, skew, refusedLevel }: DeviceOverview,
  health: readonly LatestValue[],
  facts: Pick<Facts, 'now' | 'silenceGrace'>,
): z.infer<typeof DeviceState> => ({
  id: device.id,
  every: formatDuration(device.every),
  revoked: device.revoked,
  presence: presence?.state ?? 'unknown',
  ...(presence === undefined ? {} : { presence_since: formatInstant(presence.since) }),
  ...(lastSeen === undefined ? {} : { last_seen: formatInstant(lastSeen) }),
  silence_limit_seconds: silenceLimit(device, facts.silenceGrace).ms / 1_000,
  silent: silence !== undefined,
  ...(silence === undefined ? {} : { silent_since: formatInstant(silence.since), silent_cause: silence.cause }),
  ...(device.gateway === undefined ? {} : { gateway: device.gateway }),
  ...(skew?.ahead === undefined ? {} : { clock_skew_seconds: Math.round(skew.ahead.ms / 1_000) }),
  clock_wrong: skew?.isWrong ?? false,
  ...(refusedLevel === undefined ? {} : { mqtt_refused_level: refusedLevel }),
  ...(health.length === 0 ? {} : { health: health.map((value) => lastValue(value, facts.now)) }),
});

const stationState = ({ station, devices, silentSince, values }: StationOverview, facts: Facts): StationState => {
  const family = familyNamed(station.family);
  const order = Object.keys(family?.properties ?? {});
  return {
    ...station,
    family_title: family?.title ?? { id: station.family, en: station.family },
    attributes: { ...station.attributes },
    headline: family?.headline ?? '',
    silent: silentSince !== undefined,
    ...(silentSince === undefined ? {} : { silent_since: formatInstant(silentSince) }),
    devices: devices.map((overview) => deviceState(overview, overview.health, facts)),
    last: values
      .toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property))
      .map((value) => lastValue(value, facts.now)),
  };
};

/** Stations in an answer, in the order of the registry. */
export const stationStates = (facts: Facts): StationState[] =>
  stationOverviews(facts).map((overview) => stationState(overview, facts));

/** One station in an answer. */
export const stateOfStation = (facts: Facts, station: Station): StationState =>
  stationState(stationOverview(facts, station), facts);
