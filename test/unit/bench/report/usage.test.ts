import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { meter, readUsage, writeUsage } from '#bench/report/usage.ts';

describe('the processor time of a run', () => {
  test('is read again from its sentence, also behind other words', () => {
    const usage = { ms: { broker: 5_300, ingest: 20_250, generator: 1_000 }, othersCores: 0.054 };
    const sentence = writeUsage(usage, 1_000_000);
    const micros = new Map([
      ['broker', 5.3],
      ['ingest', 20.3],
      ['generator', 1],
    ]);
    expect(readUsage(sentence)).toEqual({ of: '', micros, othersCores: 0.05 });
    expect(readUsage(`Klawing, ingest stopped: PUBACK p99 8 ms; ${sentence}`)).toMatchObject({
      of: 'Klawing, ingest stopped',
      micros,
    });
    expect(readUsage('proved: 1,000 messages acknowledged, the ledger is balanced')).toBeUndefined();
  });

  test('has the main thread beside all threads', () => {
    let now = 0;
    const used = meter({ test: process.pid }, () => now);
    const until = performance.now() + 60;
    while (performance.now() < until) now += 1e-3;
    now = 100;
    const { ms, mainThreadMs, othersCores } = used(7);
    expect(ms['generator']).toBe(7);
    expect(ms['test']).toBeGreaterThanOrEqual(10);
    expect(mainThreadMs['test']).toBeLessThanOrEqual((ms['test'] ?? 0) + 10);
    expect(othersCores).toBeGreaterThanOrEqual(0);
  });
});
