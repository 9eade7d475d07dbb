import { describe, expect, test } from 'vitest';
import { hours, minutes } from '#model/base/duration.ts';
import { FLAG } from '#model/readings/flag.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { bancarRegistry, bancarRule, type Bench, bench, stageAt, stepsOf } from '#test/support/builders/alerting.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';

describe('an alert', () => {
  test('waits for its hold, fires once, and is over below its clear level', () => {
    const { take } = bench();
    expect(stepsOf(take(stageAt(0, 2.45)))).toEqual([]);
    expect(stepsOf(take(stageAt(1, 2.5)))).toEqual(['pending 1']);
    expect(stepsOf(take(stageAt(2, 2.55), stageAt(5, 2.6)))).toEqual([]);
    expect(stepsOf(take(stageAt(6, 2.62)))).toEqual(['firing 1']);
    expect(stepsOf(take(stageAt(7, 2.9), stageAt(8, 2.45)))).toEqual([]);
    const over = take(stageAt(9, 2.4));
    expect(stepsOf(over)).toEqual(['resolved 1']);
    expect(over.changes[0]?.alert).toMatchObject({
      since: MORNING + 60_000,
      firedAt: MORNING + 6 * 60_000,
      resolvedAt: MORNING + 9 * 60_000,
      raise: 2.5,
      clear: 2.4,
      value: 2.4,
      trend: 'falling',
    });
  });

  test('is raised by what comes after a clock that was a year ahead is set back', () => {
    const { take } = bench();
    const year = 365 * 24 * 60;
    expect(stepsOf(take(stageAt(year, 2.6)))).toEqual(['pending 1']);
    expect(stepsOf(take(stageAt(0, 2.6), stageAt(4, 2.6)))).toEqual([]);
    const fired = take(stageAt(5, 2.6));
    expect(stepsOf(fired)).toEqual(['firing 1']);
    expect(fired.changes[0]?.alert).toMatchObject({ since: MORNING, firedAt: MORNING + 5 * 60_000 });
  });

  test('goes by arrivals where the device gives no time, also once the clock is set back by a minute', () => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    const arrived = (minute: number, value: number) =>
      stageAt(minute, value, { timedBy: 'arrival', receivedAt: MORNING + minute * 60_000 });
    expect(stepsOf(take(arrived(5, 2.3), arrived(4, 2.6)))).toEqual(['firing 1']);
    expect(stepsOf(take(arrived(4.5, 2.3)))).toEqual(['resolved 1']);
    expect(stepsOf(take(stageAt(4, 2.6)))).toEqual([]);
  });

  test('is not raised by a reading whose device counts its time back from the arrival, where a later one is known', () => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    take(stageAt(5, 2.3));
    expect(stepsOf(take(stageAt(0, 2.6, { timedBy: 'arrival', receivedAt: MORNING + 6 * 60_000 })))).toEqual([]);
  });

  test('fires at once without a hold', () => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    expect(stepsOf(take(stageAt(0, 2.5)))).toEqual(['firing 1']);
  });

  test('that was over before its hold has never fired', () => {
    const { take } = bench();
    take(stageAt(0, 2.6));
    const over = take(stageAt(3, 2.3));
    expect(stepsOf(over)).toEqual(['resolved 1']);
    expect(over.changes[0]?.alert.firedAt).toBeUndefined();
    expect(stepsOf(take(stageAt(4, 2.6)))).toEqual(['pending 2']);
  });

  test('neither fires nor ends on a value between its levels, and its hold runs on', () => {
    const { take } = bench();
    take(stageAt(0, 2.5));
    expect(stepsOf(take(stageAt(1, 2.45), stageAt(7, 2.49)))).toEqual([]);
    expect(stepsOf(take(stageAt(8, 2.51)))).toEqual(['firing 1']);
  });

  test('below a level is the mirror image', () => {
    const rule = bancarRule({ direction: 'below', raise: 0.5, clear: { level: 0.7 }, hold: minutes(0) });
    const { take } = bench([rule]);
    expect(stepsOf(take(stageAt(0, 0.6)))).toEqual([]);
    expect(stepsOf(take(stageAt(1, 0.5)))).toEqual(['firing 1']);
    expect(stepsOf(take(stageAt(2, 0.69)))).toEqual([]);
    expect(stepsOf(take(stageAt(3, 0.7)))).toEqual(['resolved 1']);
  });

  test('is one for each device of a station', () => {
    const { take, standing } = bench();
    take(stageAt(0, 2.6), stageAt(0, 2.3, { device: 'pbg-r03-b' }), stageAt(1, 2.7, { device: 'pbg-r03-b' }));
    expect(standing().map(({ device }) => device)).toEqual(['pbg-r03', 'pbg-r03-b']);
  });
});

describe('what is no evidence', () => {
  test.for([FLAG.FAIL, FLAG.MISSING])('flag %i raises nothing and ends nothing', (flag) => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    expect(stepsOf(take(stageAt(0, 9, { flag })))).toEqual([]);
    take(stageAt(1, 2.6));
    expect(stepsOf(take(stageAt(2, 0, { flag })))).toEqual([]);
  });

  test.for([FLAG.SUSPECT, FLAG.UNKNOWN, FLAG.GOOD])('flag %i is some', (flag) => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    expect(stepsOf(take(stageAt(0, 2.6, { flag })))).toEqual(['firing 1']);
    expect(stepsOf(take(stageAt(1, 2, { flag })))).toEqual(['resolved 1']);
  });

  test('a reading older than what was seen already never raises', () => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    take(stageAt(10, 2));
    expect(stepsOf(take(stageAt(9, 3, { receivedAt: MORNING + 10 * 60_000 })))).toEqual([]);
    expect(stepsOf(take(stageAt(10, 3)))).toEqual(['firing 1']);
  });

  test('a backlog after an outage raises nothing, in whatever order it comes', () => {
    const arrival = MORNING + hours(48).ms;
    const backlog = [0, 60, 600, 2_000].map((minute) => stageAt(minute, 4, { receivedAt: arrival }));
    for (const order of [backlog, backlog.toReversed()]) {
      const { take } = bench([bancarRule({ hold: minutes(0) })]);
      expect(stepsOf(take(...order))).toEqual([]);
    }
  });

  test('a reading is late after a quarter of an hour, or after three reports of a slow device', () => {
    const slow = aDevice({ id: 'pbg-r03', every: minutes(60), assignments: [{ station: 'PBG-R03', from: 0 }] });
    const rules = [bancarRule({ hold: minutes(0) })];
    const lateBy = (minute: number) => stageAt(0, 3, { receivedAt: MORNING + minute * 60_000 });
    expect(stepsOf(bench(rules).take(lateBy(15)))).toEqual(['firing 1']);
    expect(stepsOf(bench(rules).take(lateBy(15.1)))).toEqual([]);
    const registry = bancarRegistry({ devices: new Map([['pbg-r03', slow]]) });
    expect(stepsOf(bench(rules, registry).take(lateBy(180)))).toEqual(['firing 1']);
    expect(stepsOf(bench(rules, registry).take(lateBy(180.1)))).toEqual([]);
  });

  test('a gap in the evidence begins the hold anew', () => {
    const { take } = bench();
    take(stageAt(0, 2.6));
    expect(stepsOf(take(stageAt(120, 2.6)))).toEqual([]);
    expect(stepsOf(take(stageAt(124, 2.6)))).toEqual([]);
    expect(stepsOf(take(stageAt(125, 2.6)))).toEqual(['firing 1']);
  });
});

describe('a batch that could not be committed', () => {
  test('is evaluated again to the same end', () => {
    const { take, lose } = bench();
    take(stageAt(0, 2.6));
    const first = lose(stageAt(5, 2.6), stageAt(6, 2.3), stageAt(7, 2.6));
    expect(stepsOf(first)).toEqual(['firing 1', 'resolved 1', 'pending 2']);
    expect(take(stageAt(5, 2.6), stageAt(6, 2.3), stageAt(7, 2.6)).alerts).toEqual(first.alerts);
  });
});

const noHold = (): Bench => bench([bancarRule({ hold: minutes(0) })]);

describe('a change of the registry', () => {
  test('closes alerts whose limit is gone, never as over, and takes new levels', () => {
    const { take, setRegistry, look, standing } = noHold();
    take(stageAt(0, 2.6));
    const at = (attributes: Readonly<Record<string, number>>) =>
      new Map([['PBG-R03', aStation({ id: 'PBG-R03', family: 'river', attributes })]]);
    setRegistry(bancarRegistry({ revision: 2, stations: at({ waspada: 2.55 }) }));
    expect(take(stageAt(1, 2.6)).alerts[0]).toMatchObject({ raise: 2.55, state: 'firing' });
    setRegistry(bancarRegistry({ revision: 3, stations: at({}) }));
    expect(stepsOf(take(stageAt(2, 9)))).toEqual([]);
    const gone = look(2);
    expect(stepsOf(gone)).toEqual(['closed 1']);
    expect(gone.alerts[0]).toMatchObject({ resolvedAt: undefined, closing: { reason: 'rule-removed' } });
    expect(standing()).toEqual([]);
    expect(look(3)).toMatchObject({ changes: [], alerts: [] });
  });
});

/** The registry after something was done to one of the devices at Bancar. */
const without = (
  revision: number,
  id: string,
  change: 'removed' | 'revoked' | 'moved',
  others: readonly string[] = [],
) => {
  const { devices, stations } = bancarRegistry();
  const station = aStation({ id: 'PBG-R01', family: 'river', attributes: { waspada: 2.5 } });
  const moved = {
    assignments: [
      { station: 'PBG-R03', from: 0 },
      { station: 'PBG-R01', from: MORNING + 60_000 },
    ],
  };
  const there = [...devices.values()].flatMap((device) => {
    if (device.id !== id) return others.includes(device.id) ? [device] : [];
    if (change === 'removed') return [];
    return [{ ...device, ...(change === 'revoked' ? { revoked: true } : moved) }];
  });
  return bancarRegistry({
    revision,
    stations: new Map([...stations, [station.id, station]]),
    devices: new Map(there.map((device) => [device.id, device])),
  });
};

describe('an alert whose device is gone', () => {
  test.for(['moved', 'revoked', 'removed'] as const)('is closed and not over: %s', (change) => {
    const { take, setRegistry, look, standing, restart } = noHold();
    take(stageAt(0, 2.6));
    setRegistry(without(2, 'pbg-r03', change));
    const { alerts, changes } = look(2);
    expect(stepsOf({ changes })).toEqual(['closed 1']);
    expect(alerts).toMatchObject([
      { state: 'closed', resolvedAt: undefined, closing: { at: MORNING + 120_000, reason: `device-${change}` } },
    ]);
    restart();
    expect(standing()).toEqual([]);
    expect(look(3).changes).toEqual([]);
  });

  test('stays while its device belongs to the station, whatever else is changed', () => {
    const { take, setRegistry, look } = noHold();
    take(stageAt(0, 2.6));
    setRegistry(without(2, 'pbg-r03', 'moved'));
    expect(stepsOf(look(0.5)), 'the date of the move has not come').toEqual([]);
    expect(stepsOf(look(1))).toEqual(['closed 1']);
  });

  test('is not begun again by what the device has sent before it went', () => {
    const { take, setRegistry, look } = noHold();
    take(stageAt(0, 2.6));
    setRegistry(without(2, 'pbg-r03', 'revoked'));
    look(1);
    expect(stepsOf(take(stageAt(0.5, 2.7), stageAt(0.8, 2.7)))).toEqual([]);
  });

  test('goes on by another device of the station that measures the same, which holds it up and ends it', () => {
    const { take, setRegistry, look, standing, restart } = noHold();
    take(stageAt(0, 2.6), stageAt(0, 2.45, { device: 'pbg-r03-b' }));
    setRegistry(without(2, 'pbg-r03', 'revoked', ['pbg-r03-b']));
    const handed = look(2);
    expect(handed.changes).toEqual([]);
    expect(handed.alerts).toMatchObject([{ id: 1, state: 'firing', device: 'pbg-r03-b' }]);
    expect(handed.events).toMatchObject([
      {
        alert: 1,
        kind: 'handed-over',
        note: 'Device pbg-r03 was revoked; pbg-r03-b measures the same and goes on with it',
      },
    ]);
    expect(handed.shown?.map(({ alert }) => `${alert.device} ${alert.state}`)).toEqual([
      'pbg-r03 closed',
      'pbg-r03-b firing',
    ]);
    expect(look(2)).toMatchObject({ changes: [], alerts: [] });
    restart();
    expect(take(stageAt(3, 2.7, { device: 'pbg-r03-b' })).alerts).toMatchObject([
      { id: 1, value: 2.7, state: 'firing' },
    ]);
    expect(standing()).toHaveLength(1);
    expect(stepsOf(take(stageAt(4, 2.3, { device: 'pbg-r03-b' })))).toEqual(['resolved 1']);
    expect(standing()).toEqual([]);
  });

  test('is closed where the other device tells nothing of now, and names its alert where that has one', () => {
    const old = noHold();
    old.take(stageAt(0, 2.45, { device: 'pbg-r03-b' }), stageAt(20, 2.6));
    old.setRegistry(without(2, 'pbg-r03', 'revoked', ['pbg-r03-b']));
    expect(stepsOf(old.look(20))).toEqual(['closed 1']);

    const failed = noHold();
    failed.take(stageAt(0, 2.6), stageAt(0, 2.45, { device: 'pbg-r03-b', flag: FLAG.FAIL }));
    failed.setRegistry(without(2, 'pbg-r03', 'revoked', ['pbg-r03-b']));
    expect(stepsOf(failed.look(1))).toEqual(['closed 1']);

    const both = noHold();
    both.take(stageAt(0, 2.6), stageAt(0, 2.7, { device: 'pbg-r03-b' }));
    both.setRegistry(without(2, 'pbg-r03', 'revoked', ['pbg-r03-b']));
    const { alerts } = both.look(1);
    expect(alerts).toMatchObject([{ id: 1, state: 'closed', closing: { reason: 'device-revoked', other: 2 } }]);
    expect(both.standing()).toMatchObject([{ id: 2, device: 'pbg-r03-b' }]);
  });

  test('is closed where its station is removed', () => {
    const { take, setRegistry, look } = noHold();
    take(stageAt(0, 2.6));
    setRegistry(bancarRegistry({ revision: 2, stations: new Map(), devices: new Map() }));
    expect(look(1).alerts).toMatchObject([{ state: 'closed', closing: { reason: 'station-removed' } }]);
  });
});

describe('the trend', () => {
  test('follows moves of a tenth of the band and leaves noise alone', () => {
    const { take } = bench([bancarRule({ hold: minutes(0) })]);
    const trendAfter = (minute: number, value: number) => take(stageAt(minute, value)).alerts[0]?.trend;
    take(stageAt(0, 2.4));
    expect(trendAfter(1, 2.6)).toBe('rising');
    expect(trendAfter(2, 2.595)).toBe('rising');
    expect(trendAfter(3, 2.55)).toBe('falling');
    expect(trendAfter(10, 2.553)).toBe('falling');
    expect(trendAfter(19, 2.551)).toBe('steady');
  });
});
