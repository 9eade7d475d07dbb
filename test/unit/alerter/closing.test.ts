import { describe, expect, test } from 'vitest';
import { endByHand } from '#alerter/closing.ts';
import { SYSTEM, SYSTEM_FAMILY } from '#model/alerts/problem.ts';
import { bancarRule, bench, stageAt, stepsOf } from '#test/support/builders/alerting.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { minutes } from '#model/base/duration.ts';

const ENDING = { by: 'Sari', note: 'sensor rusak' };

const standing = (hold = minutes(0)) => {
  const [alert] = bench([bancarRule({ hold })]).take(stageAt(0, 2.6)).alerts;
  if (alert === undefined) throw new Error('no alert');
  return alert;
};

describe('ending an alert by hand', () => {
  test.for([minutes(0), minutes(5)])('closes it with name and note, and is no measurement that it is over', (hold) => {
    const { alerts, changes } = endByHand(standing(hold), ENDING, MORNING + 1);
    expect(stepsOf({ changes })).toEqual(['closed 1']);
    expect(alerts).toMatchObject([
      { state: 'closed', resolvedAt: undefined, closing: { at: MORNING + 1, reason: 'by-hand', ...ENDING } },
    ]);
  });

  test('is refused for one that has ended', () => {
    const [over] = endByHand(standing(), ENDING, MORNING).alerts;
    const resolved = { ...standing(), state: 'resolved' as const, resolvedAt: MORNING };
    for (const alert of [over ?? standing(), resolved]) {
      expect(() => endByHand(alert, ENDING, MORNING)).toThrow(/has ended already, at 2026-11-24T03:00:00/);
    }
  });

  test('is refused for one about the system, which is silenced instead', () => {
    const alert = { ...standing(), family: SYSTEM_FAMILY, station: SYSTEM, rule: 'broker-down' };
    expect(() => endByHand(alert, ENDING, MORNING)).toThrow(/silence --station klawing --rule broker-down/);
  });
});
