/** A stage-discharge curve `Q = a (h − h0)^b`, h and h0 in m, Q in m³/s; nothing flows at or below h0. */
export interface Rating {
  readonly a: number;
  readonly h0: number;
  readonly b: number;
}

/** Discharge at a stage, m³/s. */
export const dischargeAt = ({ a, h0, b }: Rating, stage: number): number => (stage <= h0 ? 0 : a * (stage - h0) ** b);

/** Stage at a discharge, m: the inverse of the curve. */
export const stageAt = ({ a, h0, b }: Rating, discharge: number): number =>
  discharge <= 0 ? h0 : h0 + (discharge / a) ** (1 / b);
