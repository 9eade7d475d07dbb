import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evaluated } from '#model/alerts/alert.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { bancarRule, bench, stageAt } from '#test/support/builders/alerting.ts';
import { minutes } from '#model/base/duration.ts';

const flags = fc.constantFrom(FLAG.GOOD, FLAG.GOOD, FLAG.UNKNOWN, FLAG.SUSPECT, FLAG.FAIL, FLAG.MISSING);

/** Readings of two devices around the levels, some out of order, some of them late. */
const streams = fc
  .array(
    fc.record({
      step: fc.integer({ min: -3, max: 20 }),
      value: fc.integer({ min: 220, max: 270 }).map((centimetres) => centimetres / 100),
      flag: flags,
      delay: fc.constantFrom(0, 0, 0, 5, 20),
      device: fc.constantFrom('pbg-r03', 'pbg-r03-b'),
    }),
    { maxLength: 60 },
  )
  .map((drawn): readonly Qualified[] => {
    let minute = 0;
    return drawn.map(({ step, value, flag, delay, device }) => {
      minute += step;
      const reading = stageAt(minute, value, { flag, device });
      return { ...reading, receivedAt: reading.receivedAt + delay * 60_000 };
    });
  });

const rules = [
  bancarRule(),
  bancarRule({ id: 'now', hold: minutes(0), raise: 2.6, clear: { level: 2.3 } }),
  bancarRule({ id: 'low', direction: 'below', raise: 2.25, clear: { level: 2.4 }, hold: minutes(2) }),
];

const outcome = (evaluations: readonly Evaluated[]) => evaluations.flatMap(({ changes }) => changes);

test('a value within the band changes no state', () => {
  const within = fc.array(fc.integer({ min: 2_401, max: 2_499 }).map((millimetres) => millimetres / 1_000));
  fc.assert(
    fc.property(streams, within, (before, values) => {
      const { take } = bench([bancarRule()]);
      take(...before);
      const last = Math.max(0, ...before.map(({ observedAt }) => observedAt));
      const calm = values.map((value, i) => stageAt(0, value, { observedAt: last + i, receivedAt: last + i }));
      expect(outcome(calm.map((reading) => take(reading)))).toEqual([]);
    }),
  );
});

test('however the stream is cut into batches, the same comes of it', () => {
  fc.assert(
    fc.property(streams, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (readings, sizes) => {
      const whole = bench(rules);
      const pieces = bench(rules);
      const expected = outcome([whole.take(...readings)]);
      const found: Evaluated[] = [];
      for (let i = 0; i < readings.length; ) {
        const size = sizes.next().value ?? 1;
        found.push(pieces.take(...readings.slice(i, i + size)));
        i += size;
      }
      expect(outcome(found)).toEqual(expected);
      expect(pieces.standing()).toEqual(whole.standing());
    }),
  );
});

test('a restart at any point, and a batch lost before its commit, change nothing', () => {
  fc.assert(
    fc.property(streams, fc.infiniteStream(fc.constantFrom('go', 'restart', 'lose')), (readings, fates) => {
      const steady = bench(rules);
      const shaken = bench(rules);
      const expected = readings.map((reading) => steady.take(reading));
      const found = readings.map((reading) => {
        const fate = fates.next().value;
        if (fate === 'lose') shaken.lose(reading, stageAt(999_999, 9));
        if (fate !== 'go') shaken.restart();
        return shaken.take(reading);
      });
      expect(outcome(found)).toEqual(outcome(expected));
      expect(shaken.standing()).toEqual(steady.standing());
    }),
  );
});
