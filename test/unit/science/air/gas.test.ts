import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { air } from '#model/families/air.ts';
import {
  type Gas,
  inReferenceState,
  MOLAR_MASS,
  MOLAR_VOLUME,
  microgramsOfPpb,
  molarVolume,
  ppbOfMicrograms,
  REFERENCE_STATE,
} from '#science/air/gas.ts';

const GASES: readonly Gas[] = ['CO', 'NO2', 'O3', 'SO2'];

test.for([
  ['CO', 1.1456],
  ['NO2', 1.8816],
  ['O3', 1.9631],
  ['SO2', 2.6203],
] as const)('one ppb of %s is %d µg/m³ at 25 °C and 1 atm', ([gas, micrograms]) => {
  expect(microgramsOfPpb(1, gas)).toBeCloseTo(micrograms, 4);
});

test('the molar masses are those of the family air', () => {
  const { co, no2, o3, so2 } = air.properties;
  expect(MOLAR_MASS).toEqual({ CO: co.molarMass, NO2: no2.molarMass, O3: o3.molarMass, SO2: so2.molarMass });
});

test('ppb come back from µg/m³', () => {
  fc.assert(
    fc.property(fc.constantFrom(...GASES), fc.double({ min: 0, max: 1e6, noNaN: true }), (gas, ppb) => {
      expect(ppbOfMicrograms(microgramsOfPpb(ppb, gas), gas)).toBeCloseTo(ppb, 6);
    }),
  );
});

describe('the molar volume', () => {
  test('of the reference state is 0.063 % above the figure that regulations print', () => {
    expect(molarVolume(REFERENCE_STATE)).toBeCloseTo(24.4654, 4);
    expect(molarVolume(REFERENCE_STATE) / MOLAR_VOLUME).toBeCloseTo(1.00063, 5);
  });

  test('is 22.414 L/mol at 0 °C and 1 atm', () => {
    expect(molarVolume({ celsius: 0, hectopascal: 1_013.25 })).toBeCloseTo(22.414, 3);
  });
});

describe('a concentration in another state', () => {
  test('is higher in the reference state when the air was thin', () => {
    expect(inReferenceState(100, REFERENCE_STATE)).toBeCloseTo(100, 12);
    expect(inReferenceState(100, { celsius: 25, hectopascal: 867 })).toBeCloseTo(116.87, 2);
  });

  test('is lower in the reference state when the air was cold', () => {
    expect(inReferenceState(100, { celsius: 0, hectopascal: 1_013.25 })).toBeCloseTo(91.615, 3);
  });
});
