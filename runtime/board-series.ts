import type { StationState } from '#api/stations/schema.ts';
import { alertPoint, devicePoints, type ShownAlert, stationPoint } from './board-series-points.ts';
import type { BoardPoint, BoardSeriesWriter } from '#storage/readings/board-series.ts';
import type { Clock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** How often the pipeline's own figures are written, and a changed registry is noticed. */
const FIGURES_EVERY = seconds(10);
/** How often stations and devices are written although the registry did not change: presence and newest values do. */
const FACTS_EVERY = minutes(1);
/** Changes of alerts that may wait for a store that is away; the oldest go first. */
const WAITING_ALERTS = 1_000;

export interface BoardSeriesDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly series: BoardSeriesWriter;
  /** Revision of the registry, and its stations with what is known of them now. */
  readonly revision: () => number;
  readonly stations: () => readonly StationState[];
  readonly figures: () => Promise<Readonly<Record<string, number>>>;
}

/** Writes the board series beside the pipeline. Best effort: what the store does not take is made anew or dropped. */
export interface BoardSeries {
  /** Takes alerts after a step into another state; they are written with the next figures. */
  alerts(changed: readonly ShownAlert[]): void;
  /** Ends the write under way and makes a last one for the alerts that wait. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts with a write at once. No two writes run at a time: a slow store makes figures fewer, not a queue longer. */
export const startBoardSeries = ({ clock, log, series, revision, stations, figures }: BoardSeriesDeps): BoardSeries => {
  const never = new AbortController().signal;
  let waiting: BoardPoint[] = [];
  let writing: Promise<void> | undefined;
  let written: { readonly revision: number; readonly at: number } | undefined;
  let isHeldUp = false;

  const facts = (): readonly BoardPoint[] => {
    const at = clock.now();
    return stations().flatMap((station) => [stationPoint(station, at), ...devicePoints(station, at)]);
  };

  const tell = (fault: Fault | undefined): void => {
    if (fault !== undefined && !isHeldUp)
      log.warn('board series not written', { code: fault.code, detail: fault.detail });
    if (fault === undefined && isHeldUp) log.info('board series are written again');
    isHeldUp = fault !== undefined;
  };

  const writeOnce = async (): Promise<void> => {
    const now = { revision: revision(), at: clock.monotonic() };
    const isDue = written?.revision !== now.revision || now.at - written.at >= FACTS_EVERY.ms;
    const alerts = waiting;
    const pipeline = { measurement: 'klawing_pipeline', tags: {}, fields: await figures(), at: clock.now() };
    await series.write([...alerts, ...(isDue ? facts() : []), pipeline], never);
    waiting = waiting.filter((point) => !alerts.includes(point));
    if (isDue) written = now;
  };

  const write = async (): Promise<void> => {
    try {
      await writeOnce();
      tell(undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!error.retry) waiting = []; // refused for good: they would be refused again
      tell(error);
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
