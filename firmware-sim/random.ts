/**
 * Seeded randomness with random access: the n-th number of a key is a function of both and of nothing else, so a
 * signal gives the same value whichever moments were asked before. For believable noise, never for secrets.
 */

/** Mixes two 32-bit integers into one (the finaliser of MurmurHash3). */
const mix = (key: number, n: number): number => {
  let h = Math.imul(key ^ n, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** A 32-bit key from a seed and names (FNV-1a over the names, mixed with the seed). */
export const keyOf = (seed: number, ...names: readonly string[]): number => {
  let h = 0x811c9dc5;
  for (const char of names.join('\n')) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return mix(h, seed);
};

/** The n-th number of this key, above 0 and below 1. `n` is any whole number that a double holds exactly. */
export const uniform = (key: number, n: number): number => {
  const high = Math.floor(n / 0x1_0000_0000);
  return (mix(mix(key, n >>> 0), high) + 0.5) / 0x1_0000_0000;
};

/** The n-th standard normal number of this key (Box–Muller). */
export const gauss = (key: number, n: number): number => {
  const radius = Math.sqrt(-2 * Math.log(uniform(key, n)));
  return radius * Math.cos(2 * Math.PI * uniform(~key, n));
};

/** Numbers one after another, for what happens in order: reports, attempts, boots. */
export interface Random {
  /** Above 0 and below 1. */
  next(): number;
  gauss(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
}

export const createRandom = (key: number): Random => {
  let n = 0;
  const step = (): number => {
    n += 1;
    return n;
  };
  return {
    next: () => uniform(key, step()),
    gauss: () => gauss(key, step()),
    chance: (probability) => uniform(key, step()) < probability,
  };
};
