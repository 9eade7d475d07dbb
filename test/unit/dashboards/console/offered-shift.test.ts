import { expect, test } from 'vitest';
import { offeredShift } from '#dashboards/console/components/pipeline/offered-shift.ts';
import { explainTime } from '#ingest/validate/check-time.ts';
import { days, hours } from '#model/base/duration.ts';

const RECEIVED_AT = 1_795_489_230_000;

const packet = (...details: readonly string[]) => ({
  parts: details.map((detail) => ({ place: '', code: 'X', title: '', detail, readings: 1, further: 0 })),
});
const refusedAt = (ahead: { readonly ms: number }): string =>
  explainTime(RECEIVED_AT + ahead.ms, { device: 'box-1', receivedAt: RECEIVED_AT }).detail;

test('the shift in the fault of a wrong clock is offered, where all parts offer the same', () => {
  const wib = refusedAt(hours(7));
  expect(offeredShift([packet(wib), packet(wib, wib)])).toBe('-7h');
  expect(offeredShift([packet(refusedAt(hours(9)))])).toBe('-9h');
  expect(offeredShift([packet(refusedAt({ ms: -days(7 * 1_024).ms }))])).toBe('7168d');
  expect(offeredShift([packet(refusedAt({ ms: -days(14 * 1_024).ms }))])).toBe('14336d');
  expect(offeredShift([packet(refusedAt(days(7 * 1_024)))])).toBe('-7168d');
  expect(offeredShift([packet(wib), packet(refusedAt(hours(8)))])).toBe('');
  expect(offeredShift([packet(wib, '"pm25" is unknown')])).toBe('');
  expect(offeredShift([packet(refusedAt(hours(3)))])).toBe('');
  expect(offeredShift([])).toBe('');
});
