import type { ClockSkews } from './clock-skew.ts';
import type { ProbeFindings } from './problems.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { Alert } from '#model/alerts/alert.ts';
import type { Registry } from '#model/registry/registry.ts';

export interface UnknownAlertsDeps {
  readonly registry: () => Registry;
  readonly ledgerCheck: Pick<LedgerCheck, 'isKnown'>;
  readonly skews: Pick<ClockSkews, 'of'>;
}

/** Alerts of before whose problem a probe cannot check: the check was not made yet, or devices cannot be heard. */
export const unknownAlertsOf =
  (
    found: Pick<ProbeFindings, 'brokerDown' | 'isSettling' | 'clockJump' | 'areTakeoversKnown'>,
    { registry, ledgerCheck, skews }: UnknownAlertsDeps,
  ): ((alert: Alert) => boolean) =>
  (alert) => {
    switch (alert.rule) {
      case 'broker-down':
        return found.brokerDown?.isStarting === true;
      case 'ledger-imbalance':
      case 'ledger-unverified':
        return !ledgerCheck.isKnown(alert.rule);
      case 'device-silent':
      case 'gateway-silent':
        return found.isSettling;
      case 'identity-contested':
        return !found.areTakeoversKnown;
      case 'clock-wrong': {
        if (found.clockJump !== undefined) return true;
        const device = registry().devices.get(alert.device);
        return device !== undefined && !device.revoked && skews.of(device.id, device.every) === undefined;
      }
      default:
        return false;
    }
  };
