import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemRules } from '#alerter/system/rules.ts';
import { evaluateSystem } from '#alerter/system/evaluate-system.ts';
import type { Alert } from '#model/alerts/alert.ts';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import { seconds } from '#model/base/duration.ts';

const RULES = systemRules([]);
const decided = (): boolean => false;
const whyGone = (): undefined => undefined;

const condition = (rule: string, given: Partial<SystemProblem> = {}): SystemProblem => ({
  rule,
  station: SYSTEM,
  device: '',
  value: 1,
  detail: { id: 'sebab', en: 'cause' },
  ...given,
});

/** Looks again and again; gives what stands, and every change with its time. */
const looking = () => {
  let standing: readonly Alert[] = [];
  let nextId = 1;
  const changes: string[] = [];
  return {
    standing: () => standing,
    changes,
    look: (now: number, conditions: readonly SystemProblem[], isUnknown: (alert: Alert) => boolean = decided): void => {
      const attended = evaluateSystem(conditions, standing, RULES, { now, nextId, isUnknown, whyGone });
      for (const { alert } of attended.changes) changes.push(`${now / 1_000} ${alert.rule} ${alert.state}`);
      const after = new Map([...standing, ...attended.alerts].map((alert) => [alert.id, alert]));
      standing = [...after.values()].filter(({ state }) => state !== 'resolved');
      nextId = Math.max(nextId, ...attended.alerts.map(({ id }) => id + 1));
    },
  };
};

describe('a condition of the system', () => {
  test('fires once its hold has passed, and is over when it is gone', () => {
    const { look, changes } = looking();
    for (let at = 0; at <= 60; at += 5) look(seconds(at).ms, [condition('store-away')]);
    look(seconds(65).ms, []);
    expect(changes).toEqual(['0 store-away pending', '30 store-away firing', '65 store-away resolved']);
  });

  test('waits for its hold anew, and no longer, when the clock is set back', () => {
    const { look, changes } = looking();
    look(seconds(36_000).ms, [condition('store-away')]);
    for (let at = 0; at <= 35; at += 5) look(seconds(at).ms, [condition('store-away')]);
    expect(changes).toEqual(['36000 store-away pending', '30 store-away firing']);
  });

  test('that is gone before its hold never fires', () => {
    const { look, changes } = looking();
    look(0, [condition('store-away')]);
    look(seconds(20).ms, []);
    expect(changes).toEqual(['0 store-away pending', '20 store-away resolved']);
  });

  test('fires at once where its rule has no hold', () => {
    const { look, changes } = looking();
    look(0, [condition('ledger-imbalance')]);
    expect(changes).toEqual(['0 ledger-imbalance firing']);
  });

  test('stays as it is while nothing can be said of it', () => {
    const { look, changes, standing } = looking();
    look(0, [condition('ledger-unverified')]);
    look(seconds(5).ms, [], () => true);
    expect(standing()).toHaveLength(1);
    look(seconds(10).ms, []);
    expect(changes.at(-1)).toBe('10 ledger-unverified resolved');
  });

  test('is brought up to date while it fires, each minute at most, and that is no news', () => {
    const { look, changes, standing } = looking();
    const saying = (en: string, value: number) => [condition('ledger-imbalance', { value, detail: { id: en, en } })];
    look(0, saying('first', 1));
    const at = (now: number, conditions: readonly SystemProblem[]) =>
      evaluateSystem(conditions, standing(), RULES, { now, nextId: 2, isUnknown: decided, whyGone });
    expect(at(seconds(59).ms, saying('second', 3))).toEqual({ changes: [], alerts: [] });
    expect(at(seconds(60).ms, saying('first', 1)).alerts).toEqual([]);
    const { alerts, changes: news } = at(seconds(60).ms, saying('second', 3));
    expect(alerts).toMatchObject([{ id: 1, value: 3, detail: { en: 'second' }, state: 'firing' }]);
    expect([...news, ...changes]).toEqual(['0 ledger-imbalance firing']);
  });

  test('is closed and not over where its device is gone, also while nothing can be said of it, or its rule is switched off', () => {
    const { look, standing } = looking();
    look(0, [condition('device-silent', { device: 'a', station: 'ST1' }), condition('ledger-imbalance')]);
    const rules = systemRules([{ id: 'ledger-imbalance', enabled: false }]);
    const { changes } = evaluateSystem([condition('ledger-imbalance')], standing(), rules, {
      now: seconds(5).ms,
      nextId: 3,
      isUnknown: () => true,
      whyGone: ({ device }) => (device === 'a' ? 'device-revoked' : undefined),
    });
    expect(changes.map(({ alert }) => alert)).toMatchObject([
      { id: 1, state: 'closed', resolvedAt: undefined, closing: { at: seconds(5).ms, reason: 'device-revoked' } },
      { id: 2, state: 'closed', resolvedAt: undefined, closing: { at: seconds(5).ms, reason: 'rule-removed' } },
    ]);
  });

  test('has an alert of its own for each device', () => {
    const { look, standing } = looking();
    look(
      0,
      ['a', 'b'].map((device) => condition('device-silent', { device, station: 'ST1' })),
    );
    expect(standing().map(({ id, device, state }) => `${id} ${device} ${state}`)).toEqual(['1 a firing', '2 b firing']);
  });

  test('is nothing where its rule is switched off', () => {
    const rules = systemRules([{ id: 'clock-wrong', enabled: false }]);
    const attended = evaluateSystem([condition('clock-wrong')], [], rules, {
      now: 0,
      nextId: 1,
      isUnknown: decided,
      whyGone,
    });
    expect(attended.alerts).toEqual([]);
  });

  test('never has two alerts standing, and what stands holds', () => {
    const holding = fc.array(fc.subarray(['store-away', 'broker-down', 'ledger-imbalance', 'clock-wrong']));
    fc.assert(
      fc.property(holding, (looks) => {
        const { look, standing } = looking();
        looks.forEach((rules, index) => {
          look(
            seconds(index * 7).ms,
            rules.map((rule) => condition(rule)),
          );
          expect(
            standing()
              .map(({ rule }) => rule)
              .toSorted(),
          ).toEqual(rules.toSorted());
        });
      }),
    );
  });
});

test('a rule about the system refuses keys that it has not', () => {
  expect(() => systemRules([{ id: 'store-away', raise: 3 }])).toThrow(/does not have this key/);
});
