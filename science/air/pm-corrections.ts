/** Relative humidity that counts as saturated; capacitive sensors report up to 102. */
const SATURATED = 100;

/** A correction of PM2.5 of a Plantower PMS5003, the sensor of PurpleAir. The fits are for aerosol of the USA. */
export interface PmCorrection {
  /** Stands beside every value that was corrected. */
  readonly id: string;
  /** The channel that goes in: `cf_1` ("standard") or `cf_atm` ("atmospheric"). */
  readonly channel: 'cf_1' | 'cf_atm';
  readonly source: string;
  /**
   * @param raw µg/m³
   * @param humidity relative humidity as the sensor reports it, %
   * @returns µg/m³, not clipped: means are formed from it, and what is shown or indexed is at least 0 (`notBelowZero`)
   */
  readonly correct: (raw: number, humidity: number) => number;
}

/** A corrected value as it is shown or put into an index. */
export const notBelowZero = (corrected: number): number => Math.max(corrected, 0);

const saturated = (humidity: number): number => Math.min(humidity, SATURATED);

/** Share of the upper rule where two rules are blended: 0 at the lower end. */
const blend = (share: number, lower: number, upper: number): number => share * upper + (1 - share) * lower;

const linear = (gain: number, raw: number, humidity: number): number =>
  gain * raw - 0.0862 * saturated(humidity) + 5.75;

export const US_EPA_2021: PmCorrection = {
  id: 'us-epa-2021',
  channel: 'cf_1',
  source: 'Barkjohn et al. 2021, Atmos. Meas. Tech. 14, 4617',
  correct: (raw, humidity) => linear(0.524, raw, humidity),
};

export const US_EPA_FIRE_MAP: PmCorrection = {
  id: 'us-epa-fire-and-smoke-map',
  channel: 'cf_atm',
  source: 'US EPA slides on the fire and smoke map, quoted in Tasmota commit 73cd5ce',
  correct: (raw, humidity) => {
    if (raw < 30) return linear(0.524, raw, humidity);
    if (raw < 50) return linear(blend(raw / 20 - 1.5, 0.524, 0.786), raw, humidity);
    const smoke = 2.966 + 0.69 * raw + 8.84e-4 * raw ** 2;
    const ordinary = linear(0.786, raw, humidity);
    if (raw < 210) return ordinary;
    return raw < 260 ? blend(raw / 50 - 4.2, ordinary, smoke) : smoke;
  },
};

/** The weight of the blend is not held to 0…1, so that the result steps by about half a µg/m³ at 570 and at 611. */
export const US_EPA_2022: PmCorrection = {
  id: 'us-epa-2022-extended',
  channel: 'cf_1',
  source: 'Barkjohn et al. 2022, Sensors 22, 9669; range from 611 µg/m³ up unconfirmed (an erratum was not seen)',
  correct: (raw, humidity) => {
    const ordinary = linear(0.524, raw, humidity);
    if (raw < 570) return ordinary;
    const smoke = 4.21e-4 * raw ** 2 + 0.392 * raw + 3.44;
    return raw < 611 ? blend(0.0244 * raw - 13.9, ordinary, smoke) : smoke;
  },
};

/** The default correction without a co-location: from 70 % humidity up it divides by 1.56, which bounds it in humid nights. */
export const NILSON_2022: PmCorrection = {
  id: 'nilson-2022-model-2',
  channel: 'cf_1',
  source: 'Nilson et al. 2022, Atmos. Meas. Tech. 15, 3315, model 2',
  correct: (raw, humidity) => raw / (1 + 0.24 / (100 / Math.min(Math.max(humidity, 30), 70) - 1)),
};

export const PM_CORRECTIONS: readonly PmCorrection[] = [US_EPA_2021, US_EPA_FIRE_MAP, US_EPA_2022, NILSON_2022];

export const pmCorrection = (id: string): PmCorrection | undefined => PM_CORRECTIONS.find((one) => one.id === id);

/** The air is not taken as damper than this: the formula has no end at 100 %. */
const DAMPEST = 95;

/**
 * Factor by which water on the particles makes an optical sensor over-read: `1 + (κ/1.65) / (1/a − 1)`, `a = RH/100`
 * (κ-Köhler theory; Atmos. Meas. Tech. 11, 4883, 2018). It simulates the error, and divided by it a value is corrected.
 * @param humidity relative humidity, %; above 95 it counts as 95
 * @param kappa hygroscopicity; 0.15 to 0.29 for ambient PM2.5
 */
export const humidityGrowth = (humidity: number, kappa: number): number => {
  const activity = Math.min(Math.max(humidity, 0), DAMPEST) / 100;
  return activity === 0 ? 1 : 1 + kappa / 1.65 / (1 / activity - 1);
};
