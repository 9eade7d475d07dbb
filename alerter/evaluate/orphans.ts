import type { RulesOf } from '#alerter/rules/rule.ts';
import type { Alert, ClosingReason } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { stationAt } from '#model/registry/device.ts';
import { freshness } from './evidence.ts';
import { type AlertMemory, standingIn } from './alert-memory.ts';

/** An alert that no reading can end any more, with the device or the alert that may continue it. */
export interface Orphan {
  readonly alert: Alert;
  readonly reason: ClosingReason;
  /** A device of the station that measures the same and can go on with it; undefined where there is none. */
  readonly successor: string | undefined;
  /** An alert by the same rule at another device of the station, which stands on. */
  readonly other: Alert | undefined;
}

export interface OrphanContext {
  readonly rules: RulesOf;
  readonly registry: Registry;
  readonly now: Instant;
}

/** The reason why a device no longer measures at a station; undefined while it does. */
export const whyGone = (
  { device: id, station }: Pick<Alert, 'device' | 'station'>,
  { devices }: Pick<Registry, 'devices'>,
  now: Instant,
): ClosingReason | undefined => {
  const device = devices.get(id);
  if (device === undefined) return 'device-removed';
  if (device.revoked) return 'device-revoked';
  return stationAt(device, now) === station ? undefined : 'device-moved';
};

const reasonOf = (alert: Alert, { rules, registry, now }: OrphanContext): ClosingReason | undefined => {
  const { station, property, rule } = alert;
  if (!registry.stations.has(station)) return 'station-removed';
  const isInForce = rules
    .get(station)
    ?.get(property)
    ?.some(({ id }) => id === rule);
  return isInForce === true ? whyGone(alert, registry, now) : 'rule-removed';
};

/** Devices of the station with a valid and recent value of the property, the newest first. */
const othersAt = ({ station, device, property }: Alert, memory: AlertMemory, { registry, now }: OrphanContext) =>
  [...(memory.places.get(station) ?? [])]
    .flatMap(([id, place]) => {
      const known = place.get(property)?.known;
      if (id === device || known?.value === undefined) return [];
      if (whyGone({ device: id, station }, registry, now) !== undefined) return [];
      return now - known.at <= freshness(id, registry).ms ? [{ id, known }] : [];
    })
    .toSorted((a, b) => b.known.at - a.known.at || (a.id < b.id ? -1 : 1));

/**
 * Alerts that stand and that no reading can end any more: their device, rule or station is gone. Where another device of the
 * station measures the same, one of them can go on with it, unless it has such an alert of its own.
 */
export const orphans = (memory: AlertMemory, watching: OrphanContext): readonly Orphan[] =>
  standingIn(memory).flatMap((alert) => {
    const reason = reasonOf(alert, watching);
    if (reason === undefined) return [];
    const isOfDevice = reason.startsWith('device-');
    const others = isOfDevice ? othersAt(alert, memory, watching) : [];
    const other = others.map(({ known }) => known.alerts.get(alert.rule)).find((each) => each !== undefined);
    return [{ alert, reason, successor: other === undefined ? others[0]?.id : undefined, other }];
  });
