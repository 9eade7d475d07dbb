import { type LineFit, lineFit } from '#science/statistics/line-fit.ts';
import { type Calibration, calibrated } from './calibration.ts';

/** Means of one window of both instruments, side by side, in one unit. */
export interface Pair {
  readonly sensor: number;
  readonly reference: number;
}

export interface Agreement {
  /** Mean of sensor less reference. */
  readonly bias: number;
  /** Root of the mean square of sensor less reference. */
  readonly rmse: number;
}

export interface CoLocation {
  /** Pairs that count. */
  readonly count: number;
  /** The sensor against the reference: `sensor = slope × reference + intercept`, as performance is reported. */
  readonly line: LineFit;
  readonly raw: Agreement;
  /** The line of the reference on the sensor: of all lines the one that leaves the smallest error. */
  readonly calibration: Extract<Calibration, { kind: 'gain' }>;
  /** Lowest and highest value of the sensor, outside which the calibration is extrapolated. */
  readonly range: readonly [low: number, high: number];
  /** Agreement on the same pairs after the calibration: better than it will be on new data. */
  readonly corrected: Agreement;
}

const agreementOf = (pairs: readonly Pair[]): Agreement => {
  let [sum, squares] = [0, 0];
  for (const { sensor, reference } of pairs) {
    sum += sensor - reference;
    squares += (sensor - reference) ** 2;
  }
  return { bias: sum / pairs.length, rmse: Math.sqrt(squares / pairs.length) };
};

/**
 * Evaluates a co-location: a sensor beside a reference instrument (SNI 9178:2023; its criteria were not seen).
 * @param pairs a pair with a value that is not a finite number does not count
 * @returns undefined with fewer than three pairs, or where sensor or reference does not vary
 */
export const coLocation = (pairs: readonly Pair[]): CoLocation | undefined => {
  const valid = pairs.filter(({ sensor, reference }) => Number.isFinite(sensor) && Number.isFinite(reference));
  const line = lineFit(valid.map(({ sensor, reference }) => ({ x: reference, y: sensor })));
  const inverse = lineFit(valid.map(({ sensor, reference }) => ({ x: sensor, y: reference })));
  if (line === undefined || inverse === undefined) return undefined;
  const calibration = { kind: 'gain', gain: inverse.slope, offset: inverse.intercept } as const;
  const sensors = valid.map(({ sensor }) => sensor);
  const after = valid.map(({ sensor, reference }) => ({ sensor: calibrated(calibration, sensor), reference }));
  return {
    count: valid.length,
    line,
    raw: agreementOf(valid),
    calibration,
    range: [Math.min(...sensors), Math.max(...sensors)],
    corrected: agreementOf(after),
  };
};
