import type { Alert, State } from '#dashboards/console/api/types.ts';

/** The colour of a hazard. `not-known` is not a colour of a hazard, and `plain` is a value without a category. */
export type Tone = 'normal' | 'rank-1' | 'rank-2' | 'rank-3' | 'not-known' | 'plain';

/** A state as it is shown. */
export interface Look {
  readonly tone: Tone;
  /** The word of the hazard; undefined where calm cannot be said, because it is not known to be of now. */
  readonly word: State['hazard']['word'] | undefined;
  readonly assurance: State['assurance'];
}

const RANKS = ['normal', 'rank-1', 'rank-2', 'rank-3'] as const;

const isCertain = (assurance: State['assurance']): boolean => assurance === 'valid' || assurance === 'doubtful';

/** The assurance as shown: a state that is not kept current is stale. */
const assuranceOf = ({ assurance }: State['devices'][number] | State, isFresh: boolean): State['assurance'] =>
  isFresh || assurance === 'unknown' ? assurance : 'stale';

/** A state, or that of one device, as it is shown. A crossed level keeps its colour; calm that is not certain has none. */
export const lookOf = (state: State['devices'][number] | State, isFresh: boolean): Look => {
  const { rank, word, reason } = state.hazard;
  const assurance = assuranceOf(state, isFresh);
  if (reason === 'no-category') return { tone: isCertain(assurance) ? 'plain' : 'not-known', word, assurance };
  if (rank === null) return { tone: 'not-known', word, assurance };
  if (rank === 0 && !isCertain(assurance)) return { tone: 'not-known', word: undefined, assurance };
  return { tone: RANKS[rank], word, assurance };
};

/** Worst first: crossed levels, then what is not known, then the rest. */
export const gravityOf = ({ tone }: Pick<Look, 'tone'>): number =>
  ['rank-3', 'rank-2', 'rank-1', 'not-known', 'plain', 'normal'].indexOf(tone);

/** The class by which an alert is coloured: one about the service or a device has no colour of a hazard. */
export const classOf = ({ detail, severity }: Alert): Alert['severity'] | 'system' =>
  detail === null ? severity : 'system';

/** The gravest alert of each station, in the given order: Awas includes Siaga. */
export const gravestOfEach = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts.filter(({ station }, i) => alerts.findIndex((other) => other.station === station) === i);

export const alertsAt = (station: string, alerts: readonly Alert[]): readonly Alert[] =>
  alerts.filter((alert) => alert.station === station);
