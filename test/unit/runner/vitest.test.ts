import { describe, expect, test } from 'vitest';
import { mergeResults, writeCounts } from '#test/runner/vitest.ts';

describe('the results of several runs', () => {
  test('count each test once: failed where it failed, skipped only where no run played it', () => {
    const merged = mergeResults([
      new Map([
        ['a', 'passed'],
        ['b', 'skipped'],
        ['c', 'skipped'],
        ['d', 'failed'],
      ]),
      new Map([
        ['a', 'passed'],
        ['b', 'passed'],
        ['d', 'passed'],
      ]),
    ]);
    expect(Object.fromEntries(merged)).toEqual({ a: 'passed', b: 'passed', c: 'skipped', d: 'failed' });
    expect(writeCounts(merged)).toBe('2 passed, 1 failed, 1 skipped');
  });

  test('are told without those skipped where there are none', () => {
    expect(writeCounts(new Map([['a', 'passed']]))).toBe('1 passed, 0 failed');
  });
});
