import { describe, expect, test } from 'vitest';
import { FAULTS, Fault, httpStatusOf, isOutage } from '#model/base/fault.ts';

describe('a fault', () => {
  test('says the sentence of its code and then what was wrong here', () => {
    const fault = new Fault('DEVICE_UNKNOWN', 'lora-7; register it with klawing device add');
    expect(fault.message).toBe(`${FAULTS.DEVICE_UNKNOWN.title}: lora-7; register it with klawing device add`);
    expect(fault.detail).toBe('lora-7; register it with klawing device add');
    expect(String(fault)).toMatch(/^Fault: /);
  });

  test('keeps its cause', () => {
    const cause = new Error('EIO');
    expect(new Fault('JOURNAL_WRITE_FAILED', 'x', { cause }).cause).toBe(cause);
  });

  test('is a refusal unless it says that a later attempt may succeed', () => {
    expect(isOutage(new Fault('STORE_UNREACHABLE', 'x'))).toBe(false);
    expect(isOutage(new Fault('STORE_UNREACHABLE', 'x', { retry: true }))).toBe(true);
  });

  test('is told from a bug', () => {
    for (const bug of [new Error('x'), new TypeError('x'), 'x', undefined, null, { retry: true }]) {
      expect(isOutage(bug)).toBe(false);
    }
  });
});

test('a fault has the HTTP status of its entry, else that of an outage or of a refusal', () => {
  expect(httpStatusOf(new Fault('NOT_FOUND', 'x', { retry: true }))).toBe(404);
  expect(httpStatusOf(new Fault('STORE_FAILED', 'x', { retry: true }))).toBe(503);
  expect(httpStatusOf(new Fault('STORE_FAILED', 'x'))).toBe(500);
});
