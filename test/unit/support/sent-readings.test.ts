import { describe, expect, test } from 'vitest';
import { compareReadings, type ReadingsDifference, type SentReading } from '#test/soak/devices/sent-readings.ts';
import type { Row } from '#test/support/oracles/oracle.ts';

const reading = (value: number, from: number, to = from + 10): SentReading => ({
  device: 'd',
  property: 'pm2_5',
  value,
  from,
  to,
});

const row = (value: number, time: number): Row => ({ device: 'd', property: 'pm2_5', value, time });

const countsOf = (sent: readonly SentReading[], rows: readonly Row[]): Record<keyof ReadingsDifference, number> => {
  const { lost, merged, twice, misdated, neverSent } = compareReadings(sent, rows);
  return {
    lost: lost.length,
    merged: merged.length,
    twice: twice.length,
    misdated: misdated.length,
    neverSent: neverSent.length,
  };
};

const NONE = { lost: 0, merged: 0, twice: 0, misdated: 0, neverSent: 0 };

describe('the readings that were sent, compared with the rows of a store,', () => {
  test('agree where each has one row within its time, equal values too', () => {
    const sent = [reading(1, 0), reading(2, 5), reading(7, 100), reading(7, 103), reading(7, 200)];
    const rows = [row(7, 205), row(1, 10), row(2, 5), row(7, 110), row(7, 100)];
    expect(countsOf(sent, rows)).toEqual(NONE);
  });

  test('are lost without a row at their time', () => {
    expect(countsOf([reading(1, 0), reading(2, 100)], [row(1, 0)])).toEqual({ ...NONE, lost: 1 });
  });

  test('are merged where an equal one, or another one of their time, has the row', () => {
    expect(countsOf([reading(1, 0), reading(1, 3)], [row(1, 4)])).toEqual({ ...NONE, merged: 1 });
    expect(countsOf([reading(1, 0), reading(2, 3)], [row(2, 4)])).toEqual({ ...NONE, merged: 1 });
  });

  test('are there twice with another row, wherever that is', () => {
    expect(countsOf([reading(1, 0)], [row(1, 0), row(1, 1)])).toEqual({ ...NONE, twice: 1 });
    expect(countsOf([reading(1, 0)], [row(1, 0), row(1, 900)])).toEqual({ ...NONE, twice: 1 });
  });

  test('are misdated with their row outside of their time', () => {
    expect(countsOf([reading(1, 100), reading(2, 100)], [row(1, 99), row(2, 111)])).toEqual({ ...NONE, misdated: 2 });
  });

  test('do not explain a row of another value or device', () => {
    const stranger = { ...row(1, 0), device: 'e' };
    expect(countsOf([reading(1, 0)], [row(1, 0), row(3, 0), stranger])).toEqual({ ...NONE, neverSent: 2 });
  });
});
