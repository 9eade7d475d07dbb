import { type Mishap, occurrence } from '#firmware-sim/mishap.ts';

/** The power fails for a moment: the connection ends without a DISCONNECT, and unsent readings are kept. */
export const reboot: Mishap = {
  name: 'reboot',
  usualRate: 0.05,
  per: 'day',
  begin(random, rate) {
    const happens = occurrence(random, rate);
    return (report) => [happens(report.at) ? { ...report, isAfterBoot: true } : report];
  },
};
