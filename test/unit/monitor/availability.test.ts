import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { Availability } from '#monitor/availability.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const BEGIN = 1_795_489_200_000;
const SETTINGS = { probeEvery: seconds(5), settleTime: minutes(1) };

const start = () => {
  const clock = manualClock(BEGIN);
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const open = () => new Availability(operations, clock, SETTINGS);
  const at = (offset: number) => BEGIN + seconds(offset).ms;
  return { clock, operations, open, at };
};

describe('availability', () => {
  test('has no outage while the broker answers, nor for one or two probes that fail', async () => {
    const { open, at } = start();
    const availability = open();
    for (const offset of [0, 5, 10, 20, 25]) await availability.noteReachable(at(offset), new Map());
    expect(availability.outages()).toEqual([]);
  });

  test('records each longer outage, from the last good probe on', async () => {
    const { open, at } = start();
    const availability = open();
    for (const offset of [0, 5, 30, 35, 200]) await availability.noteReachable(at(offset), new Map());
    expect(availability.outages()).toEqual([
      { from: at(5), to: at(30) },
      { from: at(35), to: at(200) },
    ]);
  });

  test('counts a stop from the last look, and a kill from the last that was written down', async () => {
    const { open, at } = start();
    const first = open();
    for (const offset of [0, 5, 9]) await first.noteReachable(at(offset), new Map());
    await first.stop();
    const killed = open();
    for (const offset of [60, 65]) await killed.noteReachable(at(offset), new Map());
    await open().noteReachable(at(120), new Map());
    expect(open().outages()).toEqual([
      { from: at(9), to: at(60) },
      { from: at(60), to: at(120) },
    ]);
  });

  test('notes a start of the broker that no look missed', async () => {
    const { open, at } = start();
    const availability = open();
    await availability.noteReachable(at(0), new Map());
    availability.brokerStarted(at(3));
    await availability.noteReachable(at(5), new Map());
    await availability.noteReachable(at(10), new Map());
    expect(open().outages()).toEqual([{ from: at(3), to: at(3) }]);
  });

  test('makes no gap when the clock is set back', async () => {
    const { open, at } = start();
    const availability = open();
    for (const offset of [3600, 0, 5]) await availability.noteReachable(at(offset), new Map());
    expect(availability.outages()).toEqual([]);
  });

  test('counts what was seen in the future as seen now when the clock is set back, and cuts outages that reach there', async () => {
    const { open, at, operations } = start();
    const availability = open();
    const seen = new Map([
      ['early', at(3)],
      ['late', at(3_610)],
    ]);
    const commit = { latest: [], presence: [], cursor: { journal: 'j', sequence: 1 } };
    await operations.commitAlerted({
      ...commit,
      seen: [...seen].map(([device, receivedAt]) => ({ device, receivedAt })),
    });
    for (const offset of [0, 5, 3_610, 3_615]) await availability.noteReachable(at(offset), seen);
    expect(availability.outages()).toEqual([{ from: at(5), to: at(3_610) }]);
    await availability.noteReachable(at(20), seen);
    expect(availability.outages()).toEqual([{ from: at(5), to: at(20) }]);
    const now = new Map([
      ['early', at(3)],
      ['late', at(20)],
    ]);
    expect(seen).toEqual(now);
    expect(operations.lastSeen()).toEqual(now);
    await availability.noteReachable(at(25), seen);
    expect(availability.outages()).toHaveLength(1);
  });

  describe('while the database is held', () => {
    /** Rows that take nothing as long as they are held. */
    const held = () => {
      const { clock, operations, at } = start();
      let isHeld = false;
      const taken = <T>(call: () => Promise<T>): Promise<T> =>
        isHeld ? Promise.reject(new Fault('OPERATIONS_FAILED', 'held', { retry: true })) : call();
      const rows = {
        ...operations,
        noteAvailability: (...given: Parameters<typeof operations.noteAvailability>) =>
          taken(() => operations.noteAvailability(...given)),
        noteSetBack: (now: number) => taken(() => operations.noteSetBack(now)),
      };
      const hold = (is: boolean): void => {
        isHeld = is;
      };
      return { availability: new Availability(rows, clock, SETTINGS), at, hold };
    };

    test('no gap is lost: the next look finds it again', async () => {
      const { availability, at, hold } = held();
      await availability.noteReachable(at(0), new Map());
      hold(true);
      await expect(availability.noteReachable(at(60), new Map())).rejects.toMatchObject({ retry: true });
      hold(false);
      await availability.noteReachable(at(65), new Map());
      expect(availability.outages()).toEqual([{ from: at(0), to: at(65) }]);
    });

    test('a clock that was set back is noted by the next look', async () => {
      const { availability, at, hold } = held();
      const seen = new Map([['dev-1', at(3_600)]]);
      await availability.noteReachable(at(3_600), seen);
      hold(true);
      await expect(availability.noteReachable(at(0), seen)).rejects.toMatchObject({ retry: true });
      hold(false);
      await availability.noteReachable(at(5), seen);
      expect(seen).toEqual(new Map([['dev-1', at(5)]]));
    });

    test('a start of the broker is noted by the next look', async () => {
      const { availability, at, hold } = held();
      await availability.noteReachable(at(0), new Map());
      availability.brokerStarted(at(3));
      hold(true);
      await expect(availability.noteReachable(at(5), new Map())).rejects.toMatchObject({ retry: true });
      hold(false);
      await availability.noteReachable(at(10), new Map());
      await availability.noteReachable(at(15), new Map());
      expect(availability.outages()).toEqual([{ from: at(3), to: at(3) }]);
    });
  });

  test('settles for a while after nothing could be said', async () => {
    const { clock, open } = start();
    const availability = open();
    expect(availability.isSettling()).toBe(false);
    availability.noteUnreachable();
    await clock.advance(seconds(59));
    expect(availability.isSettling()).toBe(true);
    await clock.advance(seconds(1));
    expect(availability.isSettling()).toBe(false);
  });
});

test('outages have a bound: of a broker that starts again and again the newest thousand stay', async () => {
  const { operations, at } = start();
  for (let i = 0; i < 1_005; i += 1) await operations.noteAvailability(at(i), { from: at(i), to: at(i) });
  expect(operations.availability().outages).toHaveLength(1_000);
  expect(operations.availability().outages[0]?.from).toBe(at(5));
});
