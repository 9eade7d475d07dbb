import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { problemsOf, type ProbeFindings } from '#monitor/problems.ts';
import { silentDevices } from '#monitor/silent-devices.ts';
import { Availability } from '#monitor/availability.ts';
import { days, type Duration, hours, minutes, seconds } from '#model/base/duration.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const LOOK = seconds(5);
const GRACE = seconds(30);
/** Three reports of a minute each, and the grace. */
const ALLOWED = minutes(3).ms + GRACE.ms;

/** A device that reports each minute until it is dead, and looks every five seconds. */
const watched = async () => {
  const clock = manualClock();
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const device = aDevice({ every: minutes(1), registeredAt: clock.now(), assignments: [{ station: 'ST1', from: 0 }] });
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'ST1' }) },
    { kind: 'put-device', device },
  ]);
  const listening = new Availability(operations, clock, { probeEvery: LOOK, settleTime: minutes(1) });
  const seen = new Map<string, number>();
  let isAlive = true;
  let spokeAt = Number.NEGATIVE_INFINITY;

  const isSilent = (): boolean =>
    silentDevices({
      registry: operations.registry(),
      presence: new Map(),
      lastSeen: seen,
      outages: listening.outages(),
      grace: GRACE,
      now: clock.now(),
    }).length > 0;

  /** Runs so long; gives after how many seconds it was silent first. */
  const run = async (span: Duration): Promise<number | undefined> => {
    const began = clock.monotonic();
    while (clock.monotonic() - began < span.ms) {
      await clock.advance(LOOK);
      if (isAlive && clock.monotonic() - spokeAt >= minutes(1).ms) {
        seen.set(device.id, clock.now());
        spokeAt = clock.monotonic();
      }
      await listening.noteReachable(clock.now(), seen);
      if (isSilent()) return (clock.monotonic() - began) / 1_000;
    }
    return undefined;
  };
  return {
    run,
    jump: (by: number) => clock.set(clock.now() + by),
    die: () => {
      isAlive = false;
    },
  };
};

test('a clockJump of our own clock is one alert, and none for the clock of each device', () => {
  const wrongClocks = ['a', 'b', 'c'].map((device) => ({ device, station: 'ST1', ahead: hours(-12) }));
  const found: ProbeFindings = {
    now: 0,
    brokerDown: undefined,
    journalStalled: undefined,
    storeOutage: undefined,
    behind: 0,
    imbalance: undefined,
    unverified: undefined,
    quarantined: 0,
    silent: [],
    wrongClocks,
    replaced: [],
    contested: [],
    areTakeoversKnown: true,
    isSettling: false,
    clockJump: undefined,
  };
  const rulesOf = (clockJump: Duration | undefined) =>
    problemsOf({ ...found, clockJump }, { behind: 1, quarantined: 1 }).map(({ rule }) => rule);
  expect(rulesOf(undefined)).toEqual(['clock-wrong', 'clock-wrong', 'clock-wrong']);
  expect(rulesOf(hours(12))).toEqual(['clock-jumped']);
});

describe('silence, when the clock is set', () => {
  test('falls upon nobody who speaks, whether it leaps ahead or back', async () => {
    const { run, jump } = await watched();
    await run(minutes(5));
    for (const by of [hours(12).ms, -hours(7).ms, days(365).ms, -days(365).ms, -hours(5).ms, minutes(30).ms]) {
      jump(by);
      expect(await run(minutes(5)), `${by}`).toBeUndefined();
    }
  });

  test.for([hours(12).ms, -hours(12).ms, days(365).ms, -days(365).ms])(
    'is told of a device that is dead, no later than twice its time after a clockJump of %d ms',
    async (by) => {
      const { run, jump, die } = await watched();
      await run(minutes(5));
      die();
      jump(by);
      const after = await run(minutes(30));
      expect(after).toBeGreaterThan(60);
      expect(after).toBeLessThanOrEqual((2 * ALLOWED) / 1_000 + 10);
    },
  );

  test('is told of a device that died after any leaps', async () => {
    const leaps = fc.array(fc.integer({ min: -days(400).ms, max: days(400).ms }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(leaps, async (given) => {
        const { run, jump, die } = await watched();
        await run(minutes(3));
        for (const by of given) {
          jump(by);
          expect(await run(minutes(3))).toBeUndefined();
        }
        die();
        expect(await run(minutes(30))).toBeLessThanOrEqual((2 * ALLOWED) / 1_000 + 70);
      }),
      { numRuns: 6 },
    );
  });
});
