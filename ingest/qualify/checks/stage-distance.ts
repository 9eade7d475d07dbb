import { type Check, type CheckedReadings, rowOf } from '#ingest/qualify/check.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { grossRangeAt, isOutside } from '#model/readings/gross-range.ts';
import { shiftOf } from '#model/quality/quality-tests.ts';

const SHIFT = shiftOf('stage-distance');

/** Metres by which the sum may differ from the height of the sensor. */
const TOLERANCE = 0.05;

const isFail = ({ readings, series }: CheckedReadings, row: number): boolean => {
  const of = series[readings.series[row] ?? -1];
  const property = of?.family.properties[of.property];
  if (of === undefined || property === undefined) return false;
  return isOutside(readings.value[row] ?? Number.NaN, grossRangeAt(of.station, property));
};

const flagOfSum = ({ readings: { value } }: CheckedReadings, stage: number, distance: number, height: number): Flag => {
  const sum = (value[stage] ?? 0) + (value[distance] ?? 0);
  return Math.abs(sum - height) > TOLERANCE ? FLAG.SUSPECT : FLAG.GOOD;
};

/** The water of a flood comes so near to the sensor that the distance fails: a stage in its range is never FAIL by it. */
const flagsOf = (checked: CheckedReadings, stage: number, distance: number, height: number): readonly [Flag, Flag] => {
  if (isFail(checked, stage)) return [FLAG.FAIL, FLAG.FAIL];
  if (isFail(checked, distance)) return [FLAG.SUSPECT, FLAG.FAIL];
  const flag = flagOfSum(checked, stage, distance, height);
  return [flag, flag];
};

/**
 * Stage and distance of one observation add up to the height of the sensor above the gauge zero (`h_ref`), within 0.05 m; else
 * both are SUSPECT. Where the stage is outside its gross range, both are FAIL; where the distance alone is, it is FAIL and the stage SUSPECT.
 */
export const stageDistance: Check = {
  name: 'stage-distance',
  flag: (checked, flags) => {
    const { readings, start, series } = checked;
    for (let observation = 0; observation + 1 < start.length; observation += 1) {
      const [from = 0, to = 0] = [start[observation], start[observation + 1]];
      const height = series[readings.series[from] ?? -1]?.station.attributes['h_ref'];
      if (typeof height !== 'number') continue;
      const [stage, distance] = [rowOf(checked, 'stage', from, to), rowOf(checked, 'distance', from, to)];
      if (stage === -1 || distance === -1) continue;
      const [ofStage, ofDistance] = flagsOf(checked, stage, distance, height);
      flags.note(stage, SHIFT, ofStage);
      flags.note(distance, SHIFT, ofDistance);
    }
  },
};
