import type { Property } from '#model/readings/family.ts';
import type { Mishap } from '#firmware-sim/mishap.ts';
import type { Random } from '#firmware-sim/random.ts';

/** Metres that debris under a river gauge adds; elsewhere 5 to 20 times the usual noise, up or down. */
const height = (name: string, { signal, decimals }: Property, random: Random): number => {
  if (name === 'stage') return 0.5 + 2.5 * random.next();
  const deviation = signal.jitter ?? 10 ** -decimals;
  return (random.chance(0.5) ? 1 : -1) * (5 + 15 * random.next()) * deviation;
};

/** One value of the headline is far off, and the next is right again. */
export const spike: Mishap = {
  name: 'spike',
  usualRate: 0.0005,
  per: 'report',
  begin(random, rate, { headline, properties }) {
    const property = properties[headline];
    return (report) => {
      const value = report.values.get(headline);
      if (property === undefined || value === undefined || !random.chance(rate)) return [report];
      const off = Number((value + height(headline, property, random)).toFixed(property.decimals));
      return [{ ...report, values: new Map(report.values).set(headline, off) }];
    };
  },
};
