import { median } from '#science/statistics/median.ts';

export interface EchoSettings {
  /** Readings on each side that a reading is compared with: 1 or 2, so that the median is of 3 or 5 readings. */
  readonly neighbours: 1 | 2;
  /** Points (%) from the median, above which a reading is a false echo. */
  readonly threshold: number;
}

export const ECHO_SETTINGS: EchoSettings = { neighbours: 2, threshold: 30 };

/** `pending`: there are too few readings after it for a decision. */
export type EchoVerdict = 'true' | 'false' | 'pending';

/**
 * Tells false echoes (a bag under the lid for a moment gives 100 %) from real changes: a reading that is far from the
 * median of itself and its neighbours. A step stands: after an emptying the median is low as well. With two neighbours
 * on each side up to two false readings in a row are found. The verdict on a reading never depends on another verdict.
 * @param fills in order of time, %
 * @returns one verdict for each reading. Before the first reading there are no neighbours: the median is of fewer
 */
export const falseEchoes = (
  fills: readonly number[],
  { neighbours, threshold }: EchoSettings = ECHO_SETTINGS,
): readonly EchoVerdict[] =>
  fills.map((fill, i) => {
    const near = fills.slice(Math.max(i - neighbours, 0), i + neighbours + 1);
    if (Math.abs(fill - median(near)) <= threshold) return 'true';
    return i + neighbours < fills.length ? 'false' : 'pending';
  });

/** The accepted samples: false echoes are left out, and readings without a decision yet. */
export const withoutFalseEchoes = <S extends { readonly fill: number }>(
  samples: readonly S[],
  settings: EchoSettings = ECHO_SETTINGS,
): readonly S[] => {
  const verdicts = falseEchoes(
    samples.map(({ fill }) => fill),
    settings,
  );
  return samples.filter((_, i) => verdicts[i] === 'true');
};
