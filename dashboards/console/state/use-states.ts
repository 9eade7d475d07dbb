import type { Alert, State } from '#dashboards/console/api/types.ts';
import { alerts, states } from './live.ts';
import { dataOf } from './remote.ts';
import { useStore } from './store.ts';

export interface KnownStates {
  /** Undefined for a station of which nothing was answered yet. */
  readonly of: (station: string) => State | undefined;
  readonly all: readonly State[];
  /** True while they are kept current. */
  readonly isFresh: boolean;
}

/** The states of all stations, drawn again when one changes. */
export const useStates = (): KnownStates => {
  const remote = useStore(states);
  const known = dataOf(remote);
  return { of: (station) => known?.get(station), all: [...(known?.values() ?? [])], isFresh: remote.kind === 'fresh' };
};

/** The alerts that stand, as far as they are known, and whether they are kept current. */
export const useStandingAlerts = (): { readonly standing: readonly Alert[]; readonly isFresh: boolean } => {
  const remote = useStore(alerts);
  return { standing: dataOf(remote) ?? [], isFresh: remote.kind === 'fresh' };
};
