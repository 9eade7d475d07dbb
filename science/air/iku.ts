/** Annual reference values of the index in µg/m³: the limits of the European Union that the index compares with. */
const REFERENCE = { NO2: 40, SO2: 20 } as const;

export interface Iku {
  /** 0 to 100; higher is better. Not to be put on one axis with ISPU. */
  readonly iku: number;
  /** Mean of both annual means, each over its reference value. */
  readonly ieu: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * IKU, the air part of the environmental quality index IKLH (Permen LHK 27/2021, annex II):
 * `IKU = 100 − (50 / 0.9) (Ieu − 0.1)`, `Ieu` the mean of NO2/40 and SO2/20. The formula is as generally quoted; the
 * annex itself was not seen.
 * @param no2 annual means of the sites (transport, industry, housing, offices), µg/m³
 * @param so2 the same of SO2
 * @returns undefined where either gas has no site
 */
export const iku = (no2: readonly number[], so2: readonly number[]): Iku | undefined => {
  if (no2.length === 0 || so2.length === 0) return undefined;
  const ieu = (mean(no2) / REFERENCE.NO2 + mean(so2) / REFERENCE.SO2) / 2;
  if (!Number.isFinite(ieu)) return undefined;
  return { iku: Math.min(Math.max(100 - (50 / 0.9) * (ieu - 0.1), 0), 100), ieu };
};
