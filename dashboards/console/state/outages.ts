import type { Alert } from '#dashboards/console/api/types.ts';
import { gravestOfEach } from './tone.ts';

/** Alerts that are shown as one: the first, and how many there are. */
export interface AlertGroup {
  readonly first: Alert;
  readonly alerts: readonly Alert[];
}

/** Alerts about devices or the service with the same rule are one outage; an alert of a hazard stands alone. */
export const groupOutages = (alerts: readonly Alert[]): readonly AlertGroup[] =>
  [...Map.groupBy(alerts, ({ detail, rule, id }) => (detail === null ? id : rule)).values()].flatMap((members) =>
    members[0] === undefined ? [] : [{ first: members[0], alerts: members }],
  );

/** The gravest hazard of each station, and each outage once. */
export const gravestGroups = (alerts: readonly Alert[]): readonly AlertGroup[] => {
  const hazards = new Set(gravestOfEach(alerts.filter(({ detail }) => detail === null)));
  return groupOutages(alerts.filter((alert) => alert.detail !== null || hazards.has(alert)));
};
