const MOST_DECIMALS = 4;

/** The decimals that write a step exactly: 2.5 needs one, as a tick at 7.5 is not at 8. */
export const decimalsOf = (step: number): number => {
  const enough = Array.from({ length: MOST_DECIMALS }, (_, decimals) => decimals);
  return enough.find((decimals) => Math.abs(step - Number(step.toFixed(decimals))) < step * 1e-6) ?? MOST_DECIMALS;
};
