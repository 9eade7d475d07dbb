/** A sample of a bin; false echoes are left out before. */
export interface FillSample {
  /** ms since 1970-01-01T00:00:00Z. */
  readonly at: number;
  /** %. */
  readonly fill: number;
}

/** Points of one step down from which a fall counts: smaller ones are settling and compaction. */
const LEAST_STEP = 10;
/** Points that an emptying takes at least. */
const LEAST_DROP = 25;
/** An emptied bin is below this, %. */
const EMPTIED_BELOW = 30;

/** `emptied`: an emptying; `part`: something was taken out, or the contents were pressed down. */
export type FallKind = 'emptied' | 'part';

export interface Fall {
  readonly kind: FallKind;
  /** Index of the first sample after the fall. */
  readonly index: number;
  /** Time of that sample; the bin was emptied between the sample before the fall and this one. */
  readonly at: number;
  /** Fill before and after, %. */
  readonly from: number;
  readonly to: number;
  /** Undefined while the next sample is not there: the fall may be a false echo. */
  readonly held: boolean | undefined;
}

/** Index of the last sample of the run of steps down that begins after `peak`; `peak` itself where there is none. */
const bottomOf = (samples: readonly FillSample[], peak: number): number => {
  let bottom = peak;
  for (let next = peak + 1; next < samples.length; next += 1) {
    const [high, low] = [samples[bottom], samples[next]];
    if (high === undefined || low === undefined || high.fill - low.fill < LEAST_STEP) break;
    bottom = next;
  }
  return bottom;
};

const fallAfter = (samples: readonly FillSample[], peak: number, index: number): Fall | undefined => {
  const [before, low, next] = [samples[peak], samples[index], samples[index + 1]];
  if (before === undefined || low === undefined) return undefined;
  const emptied = before.fill - low.fill >= LEAST_DROP && low.fill < EMPTIED_BELOW;
  const still = emptied ? EMPTIED_BELOW : before.fill - LEAST_STEP;
  return {
    kind: emptied ? 'emptied' : 'part',
    index,
    at: low.at,
    from: before.fill,
    to: low.fill,
    held: next === undefined ? undefined : next.fill < still,
  };
};

/**
 * Falls of the fill: consecutive steps down of at least 10 points each. A fall of at least 25 points in all that ends
 * below 30 % and holds for two samples is an emptying; slower falls are settling.
 * @param samples in order of time
 * @returns every fall, also those that did not hold
 */
export const findFalls = (samples: readonly FillSample[]): readonly Fall[] => {
  const falls: Fall[] = [];
  for (let i = 0; i < samples.length; i += 1) {
    const bottom = bottomOf(samples, i);
    if (bottom === i) continue;
    const fall = fallAfter(samples, i, bottom);
    if (fall !== undefined) falls.push(fall);
    i = bottom - 1;
  }
  return falls;
};

/** The emptyings that are certain, in order of time. */
export const findEmptyings = (samples: readonly FillSample[]): readonly Fall[] =>
  findFalls(samples).filter(({ kind, held }) => kind === 'emptied' && held === true);

/**
 * The samples since the bin was last emptied, or part of its contents was taken out. A fall that is not yet certain
 * begins a cycle as well: a rate across it would be wrong.
 */
export const currentCycle = (samples: readonly FillSample[]): readonly FillSample[] => {
  const last = findFalls(samples).findLast(({ held }) => held !== false);
  return samples.slice(last?.index ?? 0);
};
