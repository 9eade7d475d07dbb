import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { microgramsOfPpb } from '#science/air/gas.ts';
import { ISPU_ADVICE, ISPU_ADVICE_IDS, ISPU_CATEGORIES, ispuCategory } from '#science/air/ispu-categories.ts';
import { ISPU_POLLUTANTS, ISPU_TABLES, type IspuTable, ispuTable, KLH_FEED_2026 } from '#science/air/ispu-tables.ts';
import { ispu, ispuSubIndex } from '#science/air/ispu.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Pollutant = z.enum(ISPU_POLLUTANTS);
const Gas = z.enum(['CO', 'NO2', 'O3', 'SO2']);
const Category = z.enum(['Baik', 'Sedang', 'Tidak Sehat', 'Sangat Tidak Sehat', 'Berbahaya']);

const One = vectorKind({
  table: z.string(),
  input: z.strictObject({ pollutant: Pollutant, ug_m3: z.number() }),
  exact: z.number().optional(),
  expected: z.strictObject({
    ispu: z.number().optional(),
    ispu_extrapolated: z.number().optional(),
    category: Category.optional(),
    beyond: z.boolean().optional(),
  }),
});
const OfPpb = vectorKind({
  table: z.string(),
  input: z.strictObject({ pollutant: Gas, ppb: z.number(), reference: z.string().regex(/[\d.]+ L\/mol$/) }),
  exact: z.number().optional(),
  expected: z.strictObject({ ug_m3: z.number(), ispu: z.number(), category: Category }),
});
const Station = vectorKind({
  table: z.string(),
  input: z.strictObject({ means_24h: z.partialRecord(Pollutant, z.number()) }),
  expected: z.strictObject({
    sub: z.partialRecord(Pollutant, z.number()),
    ispu: z.number(),
    critical: z.array(Pollutant),
    category: Category.optional(),
  }),
});
const { vectors } = readVectors('ispu', z.union([One, OfPpb, Station]));

const tableNamed = (id: string): IspuTable => {
  const table = ispuTable(id);
  if (table === undefined) throw new Error(`no table has the id ${id}`);
  return table;
};

const checkStation = ({ table, input, expected }: z.infer<typeof Station>): void => {
  const result = ispu(input.means_24h, tableNamed(table));
  const sub = Object.fromEntries(result?.subIndices.map(({ pollutant, index }) => [pollutant, index]) ?? []);
  expect(sub).toEqual(expected.sub);
  expect(result?.index).toBe(expected.ispu);
  expect(result?.critical.toSorted()).toEqual(expected.critical.toSorted());
  if (expected.category !== undefined) expect(result?.category.words.id).toBe(expected.category);
};

const checkPpb = ({ table, input, expected }: z.infer<typeof OfPpb>): void => {
  const volume = Number(/([\d.]+) L\/mol$/.exec(input.reference)?.[1]);
  const micrograms = microgramsOfPpb(input.ppb, input.pollutant, volume);
  expect(agrees(micrograms, expected.ug_m3), `${micrograms}`).toBe(true);
  const result = ispuSubIndex(input.pollutant, micrograms, tableNamed(table));
  expect(result?.index).toBe(expected.ispu);
  expect(result?.category.words.id).toBe(expected.category);
};

const checkOne = ({ table, input, exact, expected }: z.infer<typeof One>): void => {
  const result = ispuSubIndex(input.pollutant, input.ug_m3, tableNamed(table));
  if (result === undefined) throw new Error('the table has no breakpoints for the pollutant');
  if (exact !== undefined) expect(agrees(result.exact, exact, { absolute: 1e-6 }), `${result.exact}`).toBe(true);
  if (expected.ispu !== undefined) expect(result.index).toBe(expected.ispu);
  if (expected.ispu_extrapolated !== undefined) expect(result.extrapolated).toBe(expected.ispu_extrapolated);
  if (expected.category !== undefined) expect(result.category.words.id).toBe(expected.category);
  expect(result.beyond).toBe(expected.beyond ?? false);
};

test.for(vectors)('ISPU vector $id', (vector) => {
  if ('means_24h' in vector.input) checkStation(Station.parse(vector));
  else if ('ppb' in vector.input) checkPpb(OfPpb.parse(vector));
  else checkOne(One.parse(vector));
});

/** Worked examples: pollutant, concentration, exact index, rounded index, category. */
const EXAMPLES = [
  ['PM2.5', 0, 0, 0, 'Baik'],
  ['PM2.5', 7.75, 25, 25, 'Baik'],
  ['PM2.5', 15.5, 50, 50, 'Baik'],
  ['PM2.5', 15.6, 50.1253, 50, 'Baik'],
  ['PM2.5', 19.71, 55.2757, 55, 'Sedang'],
  ['PM2.5', 35, 74.4361, 74, 'Sedang'],
  ['PM2.5', 46.37, 88.6842, 89, 'Sedang'],
  ['PM2.5', 55, 99.4987, 99, 'Sedang'],
  ['PM2.5', 55.4, 100, 100, 'Sedang'],
  ['PM2.5', 94.01, 140.6421, 141, 'Tidak Sehat'],
  ['PM2.5', 150.4, 200, 200, 'Tidak Sehat'],
  ['PM2.5', 200, 249.6, 250, 'Sangat Tidak Sehat'],
  ['PM2.5', 250.4, 300, 300, 'Sangat Tidak Sehat'],
  ['PM2.5', 300, 339.7436, 340, 'Berbahaya'],
  ['PM2.5', 500, 500, 500, 'Berbahaya'],
  ['PM10', 25, 25, 25, 'Baik'],
  ['PM10', 75, 62.5, 63, 'Sedang'],
  ['PM10', 100, 75, 75, 'Sedang'],
  ['PM10', 250, 150, 150, 'Tidak Sehat'],
  ['PM10', 385, 250, 250, 'Sangat Tidak Sehat'],
  ['PM10', 460, 400, 400, 'Berbahaya'],
  ['SO2', 26, 25, 25, 'Baik'],
  ['SO2', 100, 68.75, 69, 'Sedang'],
  ['SO2', 300, 154.5455, 155, 'Tidak Sehat'],
  ['SO2', 600, 250, 250, 'Sangat Tidak Sehat'],
  ['SO2', 1000, 400, 400, 'Berbahaya'],
  ['CO', 2000, 25, 25, 'Baik'],
  ['CO', 6000, 75, 75, 'Sedang'],
  ['CO', 10000, 128.5714, 129, 'Tidak Sehat'],
  ['CO', 20000, 233.3333, 233, 'Sangat Tidak Sehat'],
  ['O3', 60, 25, 25, 'Baik'],
  ['O3', 150, 63.0435, 63, 'Sedang'],
  ['O3', 300, 139.3939, 139, 'Tidak Sehat'],
  ['O3', 500, 225, 225, 'Sangat Tidak Sehat'],
  ['NO2', 100, 58.3333, 58, 'Sedang'],
  ['NO2', 500, 132.2581, 132, 'Tidak Sehat'],
  ['NO2', 1500, 232.7434, 233, 'Sangat Tidak Sehat'],
  ['HC', 60, 63.6364, 64, 'Sedang'],
  ['HC', 160, 152.1739, 152, 'Tidak Sehat'],
  ['HC', 300, 239.1705, 239, 'Sangat Tidak Sehat'],
] as const;

test.for(EXAMPLES)('%s of %d µg/m³ is %d by P.14/2020', ([pollutant, concentration, exact, index, category]) => {
  const result = ispuSubIndex(pollutant, concentration);
  expect(result?.exact).toBeCloseTo(exact, 4);
  expect(result?.index).toBe(index);
  expect(result?.category.words.id).toBe(category);
  expect(result?.table).toBe('ispu-p14-2020');
});

/** Recorded pairs of the ministry's feed. */
const FEED = [
  ['PM2.5', 19.71, 56],
  ['PM2.5', 42.14, 84],
  ['PM2.5', 46.37, 89],
  ['PM2.5', 94.01, 142],
  ['PM2.5', 94.27, 142],
  ['PM2.5', 100, 148],
  ['PM10', 21.89, 51],
  ['PM10', 33.04, 61],
  ['PM10', 76.07, 101],
  ['PM10', 101.71, 127],
] as const;

test.for(FEED)('%s of %d µg/m³ is %d in the feed of the ministry', ([pollutant, concentration, index]) => {
  expect(ispuSubIndex(pollutant, concentration, KLH_FEED_2026)?.index).toBe(index);
});

describe('the index of a station', () => {
  const means = { 'PM2.5': 35, PM10: 100, SO2: 26, CO: 2_000, O3: 60, NO2: 40 };

  test('is its highest sub-index, with the critical pollutant', () => {
    const result = ispu(means);
    expect(result?.index).toBe(75);
    expect(result?.category.words).toEqual({ id: 'Sedang', en: 'Moderate' });
    expect(result?.critical).toEqual(['PM10']);
    expect(result?.subIndices.map(({ index }) => index)).toEqual([74, 75, 25, 25, 25, 25]);
  });

  test('names every pollutant of a tie, in a fixed order', () => {
    expect(ispu({ SO2: 180, PM10: 150, 'PM2.5': 55.4 })?.critical).toEqual(['PM2.5', 'PM10', 'SO2']);
  });

  test('is capped at 500, keeps the extrapolated figure beside it, and says so', () => {
    const result = ispu({ PM10: 140, 'PM2.5': 600 });
    expect(result).toMatchObject({ index: 500, extrapolated: 580, beyond: true, critical: ['PM2.5'] });
  });

  test('is marked where a table ends before 500', () => {
    const result = ispuSubIndex('PM2.5', 260, KLH_FEED_2026);
    expect(result).toMatchObject({ index: 312, extrapolated: 312, beyond: true });
    expect(result?.category.id).toBe('hazardous');
  });

  test('does not exist without a concentration that the table knows', () => {
    expect(ispu({})).toBeUndefined();
    expect(ispu({ 'PM2.5': Number.NaN })).toBeUndefined();
    expect(ispu({ SO2: 100 }, KLH_FEED_2026)).toBeUndefined();
  });
});

describe.for(ISPU_TABLES)('the table $id', (table) => {
  const pollutants = ISPU_POLLUTANTS.filter((pollutant) => table.edges[pollutant] !== undefined);

  test('has rising breakpoints', () => {
    for (const pollutant of pollutants) {
      const edges = table.edges[pollutant] ?? [];
      for (const [i, edge] of edges.entries()) expect(edge).toBeGreaterThan(edges[i - 1] ?? 0);
    }
  });

  test('never gives a lower index for a higher concentration', () => {
    const pair = fc.tuple(
      fc.double({ min: -50, max: 60_000, noNaN: true }),
      fc.double({ min: 0, max: 500, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...pollutants), pair, (pollutant, [lower, step]) => {
        const [a, b] = [lower, lower + step].map((value) => ispuSubIndex(pollutant, value, table));
        expect(b?.exact ?? Number.NaN).toBeGreaterThanOrEqual(a?.exact ?? Number.NaN);
        expect(b?.extrapolated ?? Number.NaN).toBeGreaterThanOrEqual(a?.extrapolated ?? Number.NaN);
      }),
    );
  });

  test('counts negative concentrations as 0', () => {
    for (const pollutant of pollutants) expect(ispuSubIndex(pollutant, -3, table)?.index).toBe(0);
  });
});

describe('the categories', () => {
  test.for([
    [0, 'good'],
    [50, 'good'],
    [51, 'moderate'],
    [100, 'moderate'],
    [101, 'unhealthy'],
    [200, 'unhealthy'],
    [201, 'very-unhealthy'],
    [300, 'very-unhealthy'],
    [301, 'hazardous'],
    [1_915, 'hazardous'],
  ] as const)('put %d into %s', ([index, id]) => {
    expect(ispuCategory(index).id).toBe(id);
  });

  test('have words, a colour of their own and advice in both languages', () => {
    expect(new Set(ISPU_CATEGORIES.map(({ colour }) => colour.hex)).size).toBe(ISPU_CATEGORIES.length);
    for (const { advice } of ISPU_CATEGORIES) {
      for (const id of [advice.sensitive, advice.everyone]) {
        expect(ISPU_ADVICE[id].id).not.toBe('');
        expect(ISPU_ADVICE[id].en).not.toBe('');
      }
    }
  });

  test('use every advice', () => {
    const used = new Set(ISPU_CATEGORIES.flatMap(({ advice }) => [advice.sensitive, advice.everyone]));
    expect(used).toEqual(new Set(ISPU_ADVICE_IDS));
  });
});
