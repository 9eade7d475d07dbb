import { type AlertDocument, describeAlert } from '#model/alerts/alert-document.ts';
import { type AlertRecord, type Silence, silenceOf } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { ApiDeps } from '#api/deps.ts';

/** Registry, silences and time, for showing alerts. */
export interface AlertFacts {
  readonly registry: Registry;
  readonly silences: readonly Silence[];
  readonly now: Instant;
}

export const alertFacts = ({ operations, clock }: Pick<ApiDeps, 'operations' | 'clock'>): AlertFacts => {
  const now = clock.now();
  return { registry: operations.registry(), silences: operations.silences(now), now };
};

/** An alert in an answer. */
export const alertDocument = (alert: AlertRecord, { registry, silences, now }: AlertFacts): AlertDocument =>
  describeAlert(alert, { registry, isSilenced: silenceOf(alert, silences, now) !== undefined });
