import type { StationState } from '#api/stations/schema.ts';
import type { State } from '#model/registry/state.ts';
import { alertPoint, devicePoints, type ShownAlert, statePoint, stationPoint } from './board-series-points.ts';
import type { BoardPoint, BoardSeriesWriter } from '#storage/readings/board-series.ts';
import type { Clock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** Interval between writes of the pipeline's own figures, and between checks for a changed registry. */
const FIGURES_EVERY = seconds(10);
/** Interval between writes of stations and devices while the registry is unchanged: presence and newest values change. */
const STATIONS_EVERY = minutes(1);
/** Most alert changes that wait for an unreachable store; the oldest are dropped first. */
const WAITING_ALERTS = 1_000;

export interface BoardSeriesDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly series: BoardSeriesWriter;
  /** Revision of the registry, and its stations with their current values. */
  readonly revision: () => number;
  readonly stations: () => readonly StationState[];
  readonly states: () => readonly State[];
  readonly figures: () => Promise<Readonly<Record<string, number>>>;
}

/** Writes the board series beside the pipeline. Best effort: points that the store refuses are made again or dropped. */
export interface BoardSeries {
  /** Takes alerts after a step into another state; they are written with the next figures. */
  alerts(changed: readonly ShownAlert[]): void;
  /** Finishes the current write and writes the waiting alerts. Safe to call twice. */
  stop(): Promise<void>;
}

const standingOf = ({ hazard, assurance, system }: State): string => JSON.stringify([hazard, assurance, system]);

/** Writes at once. Only one write runs at a time: with a slow store there are fewer figures, not a longer queue. */
// oxlint-disable-next-line max-lines-per-function -- the state of one writer
export const startBoardSeries = ({
  clock,
  log,
  series,
  revision,
  stations,
  states,
  figures,
}: BoardSeriesDeps): BoardSeries => {
  const never = new AbortController().signal;
  let waiting: BoardPoint[] = [];
  let writing: Promise<void> | undefined;
  /** The written hazard, assurance and system of each station. */
  let known = new Map<string, string>();
  let written: { readonly revision: number; readonly at: number } | undefined;
  let isFailing = false;

  const stationPoints = (): readonly BoardPoint[] => {
    const at = clock.now();
    return stations().flatMap((station) => [stationPoint(station, at), ...devicePoints(station, at)]);
  };

  const report = (fault: Fault | undefined): void => {
    if (fault !== undefined && !isFailing)
      log.warn('board series not written', { code: fault.code, detail: fault.detail });
    if (fault === undefined && isFailing) log.info('board series written again');
    isFailing = fault !== undefined;
  };

  /** All states, or those that are not as they were written. */
  const statePoints = (present: readonly State[], isAll: boolean): readonly BoardPoint[] =>
    present
      .filter((state) => isAll || known.get(state.station) !== standingOf(state))
      .map((state) => statePoint(state, clock.now()));

  const writeOnce = async (): Promise<void> => {
    const now = { revision: revision(), at: clock.monotonic() };
    const isDue = written?.revision !== now.revision || now.at - written.at >= STATIONS_EVERY.ms;
    const alerts = waiting;
    const pipeline = { measurement: 'klawing_pipeline', tags: {}, fields: await figures(), at: clock.now() };
    const present = states(); // after the first wait, when the readers are there
    const facts = [...(isDue ? stationPoints() : []), ...statePoints(present, isDue)];
    await series.write([...alerts, ...facts, pipeline], never);
    known = new Map(present.map((state) => [state.station, standingOf(state)]));
    waiting = waiting.filter((point) => !alerts.includes(point));
    if (isDue) written = now;
  };

  const write = async (): Promise<void> => {
    try {
      await writeOnce();
      report(undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!error.retry) waiting = []; // refused for good: a second try is refused too
      report(error);
    }
  };

  const tick = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  void tick();
  const timer = clock.every(FIGURES_EVERY, () => void tick());
  return {
    alerts: (changed) => {
      waiting = [...waiting, ...changed.map(alertPoint)].slice(-WAITING_ALERTS);
    },
    stop: async () => {
      timer.stop();
      await writing;
      if (waiting.length > 0) await tick();
    },
  };
};
