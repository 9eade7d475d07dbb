import { describe, expect, test } from 'vitest';
import { offsetOf, zoneName, zoneOf } from '#dashboards/console/time/zone.ts';
import { hours } from '#model/base/duration.ts';
import { MORNING } from '#test/support/builders/readings.ts';

describe('the zone of a station', () => {
  test('is its attribute, and WIB where there is none or one that nobody knows', () => {
    expect(zoneOf({ attributes: { zone: 'Asia/Makassar' } })).toBe('Asia/Makassar');
    expect(zoneOf({ attributes: {} })).toBe('Asia/Jakarta');
    expect(zoneOf({ attributes: { zone: 'Asia/Atlantis' } })).toBe('Asia/Jakarta');
    expect(zoneOf({ attributes: { zone: 7 } })).toBe('Asia/Jakarta');
  });

  test('has a name and an offset, also one that changes in summer', () => {
    expect(zoneName('Asia/Jakarta', MORNING)).toBe('WIB');
    expect(zoneName('Asia/Makassar', MORNING)).toBe('WITA');
    expect(zoneName('Asia/Jayapura', MORNING)).toBe('WIT');
    expect(offsetOf('Asia/Jakarta', MORNING)).toBe(hours(7).ms);
    expect(offsetOf('America/St_Johns', MORNING)).toBe(-hours(3.5).ms);
    expect(offsetOf('Europe/Amsterdam', MORNING)).toBe(hours(1).ms);
    expect(offsetOf('Europe/Amsterdam', MORNING - hours(24 * 120).ms)).toBe(hours(2).ms);
    expect(offsetOf('UTC', MORNING)).toBe(0);
  });
});
