import type { ClockSkews } from './clock-skew.ts';
import type { Findings } from './problems.ts';
import type { SelfCheck } from './ledger-check.ts';
import type { Alert } from '#model/alerts/alert.ts';
import type { Registry } from '#model/registry/registry.ts';

export interface UndecidedDeps {
  readonly registry: () => Registry;
  readonly selfCheck: Pick<SelfCheck, 'isDecided'>;
  readonly skews: Pick<ClockSkews, 'of'>;
}

/** Alerts that stand from before and of which a look can say nothing: it was not looked yet, or nobody can be heard. */
export const undecidedIn =
  (
    found: Pick<Findings, 'brokerDown' | 'isSettling' | 'leap'>,
    { registry, selfCheck, skews }: UndecidedDeps,
  ): ((alert: Alert) => boolean) =>
  (alert) => {
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
        if (found.leap !== undefined) return true;
        const device = registry().devices.get(alert.device);
        return device !== undefined && !device.revoked && skews.of(device.id, device.every) === undefined;
      }
      default:
        return false;
    }
  };
