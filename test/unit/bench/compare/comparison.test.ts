import { describe, expect, test } from 'vitest';
import { compareRow, type ReportedRow } from '#bench/compare/comparison.ts';

const usage = (broker: number, cores: number): string =>
  `processor µs per message: broker ${broker}, generator 1.0; other processes kept ${cores} cores busy`;

const played = (rate: number, broker: number, cores = 0.02): ReportedRow => ({
  row: 'duckdb',
  figures: [{ name: 'stored', value: rate, unit: 'msg/s' }],
  notes: ['proved: all', usage(broker, cores)],
});

const valueOf = (result: ReturnType<typeof compareRow>, name: string): number | undefined =>
  result.figures.find((figure) => figure.name === name)?.value;

describe('a comparison of two checkouts', () => {
  test('has the medians of both and the ratio of the runs of one round', () => {
    const result = compareRow('duckdb', [
      { before: played(100, 20), after: played(200, 10) },
      { before: played(50, 22), after: played(150, 11) },
      { before: played(120, 21), after: played(180, 7) },
    ]);
    expect(valueOf(result, 'stored, before')).toBe(100);
    expect(valueOf(result, 'stored, after')).toBe(180);
    expect(result.figures).toContainEqual({ name: 'stored, after ÷ before', unit: '×', value: 2, spread: [1.5, 3] });
    expect(valueOf(result, 'processor of broker, after ÷ before')).toBe(0.5);
    expect(result.notes[0]).toBe('other work kept cores busy, median: before 0.02, after 0.02');
  });

  test('has no ratio of ratios', () => {
    const row = (value: number): ReportedRow => ({
      row: 'ack',
      figures: [{ name: 'Klawing ÷ Mosquitto', value, unit: '×' }],
      notes: [],
    });
    const { figures } = compareRow('ack', [{ before: row(1), after: row(2) }]);
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['Klawing ÷ Mosquitto, before', 1],
      ['Klawing ÷ Mosquitto, after', 2],
    ]);
  });

  test('names what only one of the two measures, and a run that failed', () => {
    const older: ReportedRow = { row: 'duckdb', figures: [], notes: ['FAILED: Error: no disk\n    at play'] };
    const result = compareRow('duckdb', [{ before: older, after: played(200, 10) }]);
    expect(result.figures).toEqual([]);
    expect(result.notes).toEqual([
      'other work kept cores busy, median: before unknown, after 0.02',
      'in one of the two only: stored; processor of broker; processor of generator',
      'before: FAILED: Error: no disk',
    ]);
  });

  test('keeps the processor times of several contenders apart', () => {
    const row = (micros: number): ReportedRow => ({
      row: 'ack',
      figures: [],
      notes: [`bare Aedes: PUBACK p99 8 ms; ${usage(micros, 0)}`, `Mosquitto: PUBACK p99 9 ms; ${usage(2, 0)}`],
    });
    const result = compareRow('ack', [{ before: row(4), after: row(6) }]);
    expect(valueOf(result, 'bare Aedes: processor of broker, after ÷ before')).toBe(1.5);
    expect(valueOf(result, 'Mosquitto: processor of broker, after ÷ before')).toBe(1);
  });
});
