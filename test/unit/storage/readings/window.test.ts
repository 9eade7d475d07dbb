import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endOfWindow, startOfWindow, windowsOf } from '#storage/readings/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONES = [
  'Asia/Jakarta',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Africa/Casablanca',
  'UTC',
];
const WIDTHS = [MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, DAY, 7 * DAY, 30 * DAY];
const YEAR_START = Date.UTC(2026, 0, 1);

const localTime = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(
    at,
  );

describe.for(ZONES)('windows in %s', (zone) => {
  const instants = fc.integer({ min: YEAR_START, max: YEAR_START + 366 * DAY });

  test('never start after the instant, and never further back than their width and a change of clocks', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...WIDTHS), (at, width) => {
        const start = startOfWindow(at, windowsOf(width, zone, at - DAY, at + DAY));
        expect(start).toBeLessThanOrEqual(at);
        expect(at - start).toBeLessThan(width + HOUR);
      }),
    );
  });

  test('are the same whatever the span of the query', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...WIDTHS), fc.nat(200), (at, width, days) => {
        const near = startOfWindow(at, windowsOf(width, zone, at, at + 1));
        expect(startOfWindow(at, windowsOf(width, zone, at - days * DAY, at + days * DAY))).toBe(near);
      }),
    );
  });

  test('of a day start at local midnight', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const start = startOfWindow(at, windowsOf(DAY, zone, at - DAY, at + DAY));
        expect(localTime(start, zone)).toBe('00:00:00');
      }),
    );
  });

  test('end where the next one begins', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...WIDTHS), (at, width) => {
        const windows = windowsOf(width, zone, at, at + 1);
        const start = startOfWindow(at, windows);
        const end = endOfWindow(start, windows);
        expect(end).toBeGreaterThan(at);
        expect(startOfWindow(end - 1, windows)).toBe(start);
        expect(startOfWindow(end, windows)).toBe(end);
      }),
      { numRuns: 1_000 },
    );
  });

  test('begin where they say: the start of a window lies in that window', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...WIDTHS), (at, width) => {
        const windows = windowsOf(width, zone, at - 9 * DAY, at + DAY);
        const start = startOfWindow(at, windows);
        expect(startOfWindow(start, windows)).toBe(start);
      }),
    );
  });
});

test('a window of many days starts by the offset that held at its start', () => {
  const [monday, after] = [Date.UTC(2026, 9, 7, 22), Date.UTC(2026, 9, 27, 12)];
  expect(startOfWindow(after, windowsOf(30 * DAY, 'Europe/Berlin', after, after + 1))).toBe(monday);
});

test('windows of a week start on a Monday', () => {
  const at = Date.UTC(2026, 10, 24, 3);
  const monday = Date.UTC(2026, 10, 22, 17);
  expect(startOfWindow(at, windowsOf(7 * DAY, 'Asia/Jakarta', at, at + 1))).toBe(monday);
});
