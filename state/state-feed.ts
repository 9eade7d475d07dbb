import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { State } from '#model/registry/state.ts';
import type { States } from './states.ts';

export interface StateFeedDeps {
  readonly clock: Clock;
  readonly states: States;
  /** Ids of every station. */
  readonly stations: () => readonly string[];
  /** Whether somebody follows at this moment. Without, the states are computed once a second. */
  readonly isHeard: () => boolean;
  readonly publish: (changed: readonly State[]) => void;
}

/** Tells of states that changed. */
export interface StateFeed {
  /** Values of these stations have changed: their states follow at the next turn. */
  touched(stations: Iterable<string>): void;
  stop(): void;
}

const TURN = milliseconds(250);
/** In so many turns every station is looked at, so that what changes without a value is noticed within 5 s. */
const TURNS = 20;
/** Turns of one computation while nobody follows. */
const TURNS_UNHEARD = 4;

/** Everything in a state but the time at which it was computed. */
const contentOf = ({ at: _, ...content }: State): string => JSON.stringify(content);

/**
 * Publishes the state of a station whenever it changes: soon after new values, and within 5 s where it changes by time,
 * presence, the registry or the store.
 */
export const startStateFeed = ({ clock, states, stations, isHeard, publish }: StateFeedDeps): StateFeed => {
  const published = new Map<string, string>();
  let waiting = new Set<string>();
  let turn = 0;

  const due = (): readonly string[] => {
    const ids = stations();
    turn = (turn + 1) % TURNS;
    return ids.filter((_, i) => i % TURNS === turn);
  };

  const isChanged = (state: State): boolean => {
    const content = contentOf(state);
    if (published.get(state.station) === content) return false;
    published.set(state.station, content);
    return true;
  };

  const timer = clock.every(TURN, () => {
    for (const id of due()) waiting.add(id);
    if (!isHeard() && turn % TURNS_UNHEARD !== 0) return;
    const touched = waiting;
    waiting = new Set();
    const changed = states.of(touched).filter(isChanged);
    if (changed.length > 0) publish(changed);
  });

  return {
    touched: (ids) => {
      for (const id of ids) waiting.add(id);
    },
    stop: () => timer.stop(),
  };
};
