import { Fault } from '#model/base/fault.ts';

export interface Catchment {
  /** km². */
  readonly area: number;
  /** Length of the main river, km. */
  readonly length: number;
  /** Shape: 2 ordinary, 1.5 slow rise and fast fall, 3 the reverse. */
  readonly alpha: number;
  /** Duration of the unit rain over the time of concentration, 0.5 to 1. */
  readonly rainShare: number;
  /** Depth of the unit rain, mm. */
  readonly rain: number;
}

export interface Nakayasu {
  /** Time of concentration, h. */
  readonly tg: number;
  /** Duration of the unit rain, h. */
  readonly tr: number;
  /** Time of the peak, h. */
  readonly tp: number;
  /** Time in which the flow falls from the peak to 0.3 of it, h. */
  readonly t03: number;
  /** Peak, m³/s. */
  readonly qp: number;
  /** Flow at a time in hours, m³/s. The volume is close to the unit rain, not equal: scale it where it matters. */
  readonly flow: (hours: number) => number;
}

/**
 * Synthetic unit hydrograph of Nakayasu, usual in Indonesia (formulas as in hydrology theses; some texts multiply the
 * area by a runoff coefficient). At 15 km both formulas for the time of concentration exist; the one for short rivers
 * ends below it.
 * Throws `SETTING_INVALID` where a number of the catchment is not above 0.
 */
export const nakayasu = (catchment: Catchment): Nakayasu => {
  const { area, length, alpha, rainShare, rain } = catchment;
  for (const [name, value] of Object.entries(catchment)) {
    if (!(Number(value) > 0)) throw new Fault('SETTING_INVALID', `the ${name} of a catchment needs a number above 0`);
  }
  const tg = length < 15 ? 0.21 * length ** 0.7 : 0.4 + 0.058 * length;
  const tr = rainShare * tg;
  const tp = tg + 0.8 * tr;
  const t03 = alpha * tg;
  const qp = (area * rain) / (3.6 * (0.3 * tp + t03));
  const flow = (t: number): number => {
    if (t <= 0) return 0;
    if (t <= tp) return qp * (t / tp) ** 2.4;
    if (t <= tp + t03) return qp * 0.3 ** ((t - tp) / t03);
    if (t <= tp + 2.5 * t03) return qp * 0.3 ** ((t - tp + 0.5 * t03) / (1.5 * t03));
    return qp * 0.3 ** ((t - tp + 1.5 * t03) / (2 * t03));
  };
  return { tg, tr, tp, t03, qp, flow };
};
