import { z } from 'zod';
import { type Figure, type RowResult, median, ofRounds } from '#bench/report/figure.ts';
import { readUsage } from '#bench/report/usage.ts';

/** A row in the JSON of a bench, also of an older one. */
export const ReportedRow = z.object({
  row: z.string(),
  figures: z.array(z.object({ name: z.string(), value: z.number().nullable(), unit: z.string() })),
  notes: z.array(z.string()),
});
export type ReportedRow = z.infer<typeof ReportedRow>;

/** One round: the same row of both checkouts, one after the other. */
export interface PlayedPair {
  readonly before: ReportedRow;
  readonly after: ReportedRow;
}

/** Figures of one run by name, with the processor times of its notes. */
const valuesOf = ({ figures, notes }: ReportedRow): ReadonlyMap<string, { value: number; unit: string }> => {
  const values = new Map<string, { value: number; unit: string }>();
  for (const { name, value, unit } of figures) if (value !== null) values.set(name, { value, unit });
  for (const usage of notes.flatMap((note) => readUsage(note) ?? [])) {
    const prefix = usage.of === '' ? '' : `${usage.of}: `;
    for (const [name, value] of usage.micros) values.set(`${prefix}processor of ${name}`, { value, unit: 'µs/msg' });
  }
  return values;
};

const coresOf = (rows: readonly ReportedRow[]): number =>
  median(rows.flatMap(({ notes }) => notes.flatMap((note) => readUsage(note)?.othersCores ?? [])));

/** The unit of a figure that is a ratio itself. */
const RATIO = '×';

/** The figures of one name in all rounds: the medians of both sides, and the ratio of neighbours unless they are ratios. */
const compareFigure = (
  name: string,
  pairs: readonly { readonly before: number; readonly after: number; readonly unit: string }[],
): readonly Figure[] => {
  const unit = pairs[0]?.unit ?? '';
  const [before, after] = [pairs.map((pair) => pair.before), pairs.map((pair) => pair.after)];
  const sides = [ofRounds(`${name}, before`, unit, before), ofRounds(`${name}, after`, unit, after)];
  const ratios = pairs.map((pair) => pair.after / pair.before);
  return unit === RATIO ? sides : [...sides, ofRounds(`${name}, after ÷ before`, RATIO, ratios)];
};

const writeCores = (cores: number): string => (Number.isNaN(cores) ? 'unknown' : cores.toFixed(2));

/** Notes of a run that failed or warned. */
const troubles = (side: string, rows: readonly ReportedRow[]): readonly string[] => [
  ...new Set(
    rows.flatMap(({ notes }) =>
      notes.filter((note) => /^FAILED|warned/.test(note)).map((note) => `${side}: ${note.split('\n')[0]}`),
    ),
  ),
];

/** Compares the rounds of one row. A figure that one side lacks is named and not compared. */
export const compareRow = (row: string, pairs: readonly PlayedPair[]): RowResult => {
  const rounds = pairs.map(({ before, after }) => ({ before: valuesOf(before), after: valuesOf(after) }));
  const names = new Set(rounds.flatMap(({ before, after }) => [...before.keys(), ...after.keys()]));
  const alone: string[] = [];
  const figures = [...names].flatMap((name) => {
    const both = rounds.flatMap(({ before, after }) => {
      const [old, young] = [before.get(name), after.get(name)];
      return old === undefined || young === undefined
        ? []
        : [{ before: old.value, after: young.value, unit: young.unit }];
    });
    if (both.length === 0) alone.push(name);
    return both.length === 0 ? [] : compareFigure(name, both);
  });
  const [before, after] = [pairs.map((pair) => pair.before), pairs.map((pair) => pair.after)];
  return {
    row,
    setting: `before and after by turns, ${pairs.length} rounds; medians, and the ratio of the two runs of a round`,
    figures,
    notes: [
      `other work kept cores busy, median: before ${writeCores(coresOf(before))}, after ${writeCores(coresOf(after))}`,
      ...(alone.length === 0 ? [] : [`in one of the two only: ${alone.join('; ')}`]),
      ...troubles('before', before),
      ...troubles('after', after),
    ],
  };
};
