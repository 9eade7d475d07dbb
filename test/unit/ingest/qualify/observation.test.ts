import { describe, expect, test } from 'vitest';
import { qualifyBatch } from '#ingest/qualify/qualify.ts';
import { readingsIn } from '#model/readings/columns.ts';
import { AHEAD } from '#model/readings/reading.ts';
import { testFlags } from '#model/quality/quality-tests.ts';
import type { Station } from '#model/registry/station.ts';
import { aStation } from '#test/support/servers/api.ts';
import { entriesOf } from '#test/support/builders/arrivals.ts';
import { aReading } from '#test/support/builders/readings.ts';
import { batchOf, aRun, ONE_DEVICE } from '#test/support/builders/runs.ts';

/** The flags of one test for the values of one observation of a station. */
const flagsOf = (test: string, station: Partial<Station>, values: Readonly<Record<string, number>>, given = {}) => {
  const entries = entriesOf([{}]);
  const at = aStation(station);
  const readings = Object.entries(values).map(([property, value]) =>
    aReading({ family: at.family, property, value, ...given }),
  );
  const registry = { ...ONE_DEVICE, stations: new Map([[at.id, at]]) };
  const packets = entries.map((entry) => ({
    entry,
    codec: 'json',
    codecVersion: 1,
    refused: [],
    missing: 0,
    observations: [{ readings, id: undefined }],
  }));
  const qualified = readingsIn(qualifyBatch(batchOf(aRun(entries, registry), packets)).readings);
  return Object.fromEntries(qualified.map(({ property, tests }) => [property, testFlags(tests)[test]]));
};

describe('stage and distance', () => {
  const gauge = { family: 'river', attributes: { h_ref: 8, stage_min: -0.2, stage_max: 7 } };
  const flags = (values: Readonly<Record<string, number>>, station: Partial<Station> = gauge) =>
    flagsOf('stage-distance', station, values);

  test('add up to the height of the sensor within 0.05 m', () => {
    expect(flags({ stage: 2.97, distance: 5.03 })).toEqual({ stage: 1, distance: 1 });
    expect(flags({ stage: 2.97, distance: 5.07 })).toEqual({ stage: 1, distance: 1 });
    expect(flags({ stage: 2.97, distance: 5.09 })).toEqual({ stage: 3, distance: 3 });
  });

  test('fail together', () => {
    expect(flags({ stage: -0.3, distance: 8.3 })).toEqual({ stage: 4, distance: 4 });
  });

  test('leave a stage in its range as SUSPECT where the water has reached the sensor', () => {
    expect(flags({ stage: 6.98, distance: 0.02 })).toEqual({ stage: 3, distance: 4 });
  });

  test('are not compared without the height, or without one of them', () => {
    expect(flags({ stage: 2.97, distance: 5.5 }, { family: 'river', attributes: {} })).toEqual({
      stage: 2,
      distance: 2,
    });
    expect(flags({ stage: 2.97, flow: 3 })).toEqual({ stage: 2, flow: 2 });
  });
});

test('the place of a station: 0, 0 is no position', () => {
  expect(flagsOf('location', {}, { pm10: 1 })).toEqual({ pm10: 1 });
  expect(flagsOf('location', { lat: 0, lon: 0 }, { pm10: 1 })).toEqual({ pm10: 3 });
  expect(flagsOf('location', { lat: 91, lon: 109 }, { pm10: 1 })).toEqual({ pm10: 4 });
});

test('a date is impossible before 2020, and more than ten minutes after the arrival', () => {
  const receivedAt = Date.UTC(2026, 10, 24);
  const flag = (observedAt: number, timedBy = 'device') =>
    flagsOf('impossible-date', {}, { pm10: 1 }, { observedAt, receivedAt, timedBy })['pm10'];
  expect([0, AHEAD.ms, AHEAD.ms + 1].map((ahead) => flag(receivedAt + ahead))).toEqual([1, 1, 4]);
  expect(flag(Date.UTC(2019, 11, 31))).toBe(4);
  expect(flag(receivedAt, 'arrival')).toBe(2);
});

test('the examples of gross range and cross-check', () => {
  expect([38.5, 400, 1_200].map((pm2_5) => flagsOf('gross-range', {}, { pm2_5 })['pm2_5'])).toEqual([1, 3, 4]);
  expect(flagsOf('cross-check', {}, { pm2_5: 45, pm10: 40 })).toEqual({ pm2_5: 3, pm10: 3 });
  expect(flagsOf('cross-check', {}, { pm2_5: 43, pm10: 40 })).toEqual({ pm2_5: 1, pm10: 1 });
  expect(flagsOf('cross-check', {}, { pm2_5: 43 })).toEqual({ pm2_5: 2 });
});
