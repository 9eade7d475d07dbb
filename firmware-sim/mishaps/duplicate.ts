import type { Mishap } from '#firmware-sim/mishap.ts';

/** A report is sent twice, as after an acknowledgement that got lost. */
export const duplicate: Mishap = {
  name: 'duplicate',
  usualRate: 0.005,
  per: 'report',
  begin: (random, rate) => (report) => (random.chance(rate) ? [report, { ...report, isAfterBoot: false }] : [report]),
};
