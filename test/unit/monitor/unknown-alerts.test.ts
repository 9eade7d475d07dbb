import { describe, expect, test } from 'vitest';
import { unknownAlertsOf, type UnknownAlertsDeps } from '#monitor/unknown-alerts.ts';
import { hours } from '#model/base/duration.ts';
import { anAlert } from '#test/support/servers/console.ts';
import { bancarRegistry } from '#test/support/builders/alerting.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const DOWN = { since: MORNING, why: 'no answer' };
const CALM = { brokerDown: undefined, isSettling: false, clockJump: undefined, areTakeoversKnown: true };

const deps = (given: Partial<UnknownAlertsDeps> = {}): UnknownAlertsDeps => ({
  registry: () => bancarRegistry(),
  ledgerCheck: { isKnown: () => true },
  skews: { of: () => ({ ahead: undefined, isWrong: false, refusedAt: undefined }) },
  ...given,
});

const isUnknown = (
  rule: string,
  found: Parameters<typeof unknownAlertsOf>[0] = CALM,
  given: Partial<UnknownAlertsDeps> = {},
) => unknownAlertsOf(found, deps(given))(anAlert({ rule, device: 'pbg-r03' }));

describe('an alert that stands from before a restart', () => {
  test('about the broker stays while that is starting, and is decided by what it is after', () => {
    expect(isUnknown('broker-down', { ...CALM, brokerDown: { ...DOWN, isStarting: true } })).toBe(true);
    expect(isUnknown('broker-down', { ...CALM, brokerDown: { ...DOWN, isStarting: false } })).toBe(false);
    expect(isUnknown('broker-down')).toBe(false);
  });

  test('about the ledger stays until that was looked at', () => {
    const ledgerCheck = { isKnown: (rule: string) => rule === 'ledger-imbalance' };
    expect(isUnknown('ledger-unverified', CALM, { ledgerCheck })).toBe(true);
    expect(isUnknown('ledger-imbalance', CALM, { ledgerCheck })).toBe(false);
  });

  test('about devices stays while nobody can be heard, and about a clock until that was seen', () => {
    expect(isUnknown('device-silent', { ...CALM, isSettling: true })).toBe(true);
    expect(isUnknown('gateway-silent', { ...CALM, isSettling: true })).toBe(true);
    expect(isUnknown('device-silent')).toBe(false);
    expect(isUnknown('clock-wrong', CALM, { skews: { of: () => undefined } })).toBe(true);
    expect(isUnknown('clock-wrong')).toBe(false);
    expect(isUnknown('clock-wrong', { ...CALM, clockJump: hours(12) })).toBe(true);
  });

  test('about takeovers stays until they were counted for long enough', () => {
    expect(isUnknown('identity-contested', { ...CALM, areTakeoversKnown: false })).toBe(true);
    expect(isUnknown('identity-contested')).toBe(false);
  });

  test('about anything else is decided at every look', () => {
    expect(isUnknown('store-away', { ...CALM, isSettling: true })).toBe(false);
  });
});
