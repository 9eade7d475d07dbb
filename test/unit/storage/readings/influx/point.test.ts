import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeName, LineWriter, type LineRun } from '#storage/readings/influx/point.ts';
import { aReading, MORNING } from '#test/support/builders/readings.ts';
import { columnsOf } from '#model/readings/columns.ts';
import type { Qualified } from '#model/readings/reading.ts';

const linesOf = (readings: readonly Qualified[]): readonly (LineRun & { readonly text: string })[] => {
  const lines = new LineWriter().of(columnsOf(readings));
  const runs = lines.runs();
  const texts = lines.text(runs).split('\n');
  return runs.map((run, i) => ({ ...run, text: texts[i] ?? '' }));
};

const lineOf = (reading: Qualified): string => linesOf([reading])[0]?.text ?? '';

describe('line protocol', () => {
  test('carries the readings of one message at one time in one line', () => {
    const readings = ['pm2_5', 'pm10'].map((property, index) => aReading({ property, value: index + 0.5, flag: 3 }));
    expect(linesOf(readings)).toEqual([
      {
        text: `air,device=dev-1,station=ST1 pm2_5=0.5,pm2_5_flag=3i,pm2_5_tests=1i,pm10=1.5,pm10_flag=3i,pm10_tests=1i ${MORNING}`,
        device: 'dev-1',
        from: 0,
        to: 2,
      },
    ]);
  });

  test('says of a point whose time is not that of its device from where it is', () => {
    const readings = [
      aReading({ timedBy: 'arrival' }),
      aReading({ property: 'pm10', timedBy: 'arrival' }),
      aReading({ property: 'pm1', timedBy: 'shifted' }),
      aReading({ property: 'o3' }),
    ];
    expect(linesOf(readings).map(({ text }) => text.split(' ')[1])).toEqual([
      'pm2_5=38.5,pm2_5_flag=1i,pm2_5_tests=1i,pm10=38.5,pm10_flag=1i,pm10_tests=1i,timed_by=1i',
      'pm1=38.5,pm1_flag=1i,pm1_tests=1i,timed_by=2i',
      'o3=38.5,o3_flag=1i,o3_tests=1i',
    ]);
    expect(readings.map((reading) => lineOf(reading).includes('timed_by'))).toEqual([true, true, true, false]);
  });

  test('starts another line for another device, station, family or time, and for a property that comes again', () => {
    const readings = [
      aReading(),
      aReading({ observedAt: MORNING + 1 }),
      aReading({ device: 'dev-2' }),
      aReading({ station: 'ST2' }),
      aReading({ family: 'weather' }),
      aReading({ family: 'weather' }),
    ];
    expect(linesOf(readings).map(({ from, to }) => [from, to])).toEqual(readings.map((_, index) => [index, index + 1]));
    expect(linesOf(readings).map(({ text }) => text)).toEqual(readings.map(lineOf));
  });

  test('covers every reading exactly once, in order', () => {
    const reading = fc.record({
      device: fc.constantFrom('a', 'b'),
      property: fc.constantFrom('pm1', 'pm10', 'o3'),
      observedAt: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(reading), (drawn) => {
        const lines = linesOf(drawn.map((each) => aReading(each)));
        const covered = lines.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
        expect(covered).toEqual(drawn.map((_, index) => index));
      }),
    );
  });

  test('writes every number so that it reads back the same, and never as an integer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const field = /pm2_5=([^,]+),/.exec(lineOf(aReading({ value })))?.[1] ?? '';
        expect(Number(field)).toBe(value);
        expect(field.endsWith('i')).toBe(false);
      }),
    );
  });

  test('writes every number as the engine does, but with the sign of a zero', () => {
    const anyDecimal = fc
      .tuple(fc.integer({ min: -(10 ** 15) - 9, max: 10 ** 15 + 9 }), fc.nat(9))
      .map(([digits, decimals]) => digits / 10 ** decimals);
    const anyNumber = fc.oneof(anyDecimal, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(anyNumber, (value) => {
        const field = /pm2_5=([^,]+),/.exec(lineOf(aReading({ value })))?.[1];
        expect(field).toBe(Object.is(value, -0) ? '-0' : String(value));
      }),
      { numRuns: 20_000 },
    );
  });

  test('lets no text break out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const escaped = escapeName(text);
        expect(escaped.replace(/\\[,= ]/g, '')).not.toMatch(/[,= \\\n\r\t]/);
      }),
    );
  });
});
