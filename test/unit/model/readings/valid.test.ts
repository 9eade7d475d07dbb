import { describe, expect, test } from 'vitest';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { type Judgeable, validIn } from '#model/readings/valid.ts';
import { aStation } from '#test/support/servers/api.ts';

const BANCAR = aStation({ id: 'PBG-R03', family: 'river', attributes: { stage_min: -0.5, stage_max: 9 } });
const isValid = validIn(() => ({ stations: new Map([[BANCAR.id, BANCAR]]) }));

const of = (property: string, value: number, flag: Flag, given: Partial<Judgeable> = {}): Judgeable => ({
  station: 'PBG-R03',
  family: 'river',
  property,
  value,
  flag,
  ...given,
});

describe('a value is valid', () => {
  test.for([
    ['stage', FLAG.GOOD, true],
    ['stage', FLAG.UNKNOWN, true],
    ['stage', FLAG.SUSPECT, true],
    ['stage', FLAG.FAIL, true],
    ['stage', FLAG.MISSING, false],
    ['flow', FLAG.GOOD, true],
    ['flow', FLAG.UNKNOWN, true],
    ['flow', FLAG.SUSPECT, true],
    ['flow', FLAG.FAIL, false],
    ['flow', FLAG.MISSING, false],
  ] as const)('inside the gross range: %s with flag %i is %s', ([property, flag, expected]) => {
    expect(isValid(of(property, 4.2, flag))).toBe(expected);
  });

  test.for([
    [9, true],
    [9.01, false],
    [-0.5, true],
    [-0.51, false],
  ] as const)('a stage of %f m that failed a check, in the gross range of its station, is %s', ([value, expected]) => {
    expect(isValid(of('stage', value, FLAG.FAIL))).toBe(expected);
  });

  test('never without its station or its family where it failed', () => {
    expect(isValid(of('stage', 4.2, FLAG.FAIL, { station: 'GONE' }))).toBe(false);
    expect(isValid(of('stage', 4.2, FLAG.FAIL, { family: 'gone' }))).toBe(false);
  });
});
