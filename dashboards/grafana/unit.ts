import * as units from '@grafana/grafana-foundation-sdk/units';
import { UNIT_TEXT } from '#model/readings/unit.ts';

/**
 * UCUM → Grafana, where Grafana's own unit says the same words and leaves the number alone. Its metres, volts and
 * decibel-milliwatts turn 0.35 m into 350 mm, and its m³/s reads "cms", so those get their text behind the number.
 */
const OWN: ReadonlyMap<string, string> = new Map([
  ['ug/m3', units.MicrogramPerCubicMeter],
  ['mg/m3', units.MilligramPerCubicMeter],
  ['[ppb]', units.PartsPerBillion],
  ['[ppm]', units.PartsPerMillion],
  ['Cel', units.Celsius],
  ['[degF]', units.Fahrenheit],
  ['%', units.Percent],
  ['1', units.NoUnit],
  ['hPa', units.Hectopascals],
  ['kPa', units.Kilopascals],
  ['m/s', units.MetersPerSecond],
  ['km/h', units.KilometersPerHour],
  ['deg', units.Degrees],
  ['dB', units.Decibel],
]);

/** Grafana's id for a unit of `model/readings/unit.ts`. @throws Error for a code that is not in the table: a bug */
export const unitId = (ucum: string): string => {
  const text = UNIT_TEXT[ucum];
  if (text === undefined) throw new Error(`"${ucum}" is no unit of model/readings/unit.ts`);
  return OWN.get(ucum) ?? `suffix:${text}`;
};
