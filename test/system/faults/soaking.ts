import { stderr } from 'node:process';
import { expect } from 'vitest';
import type { SoakFault } from '#test/soak/fault.ts';
import { seedOfRun, type StoreName } from '#test/soak/store-under-test.ts';
import { isSound, soak, type SoakResult } from '#test/soak/soak.ts';

/** Plays a few rounds of a fault; `npm run soak` plays the same for as long as told. */
export const fewRounds = async (fault: SoakFault, store: StoreName, rounds: number): Promise<SoakResult> => {
  const seed = seedOfRun();
  stderr.write(`${fault.name} over ${store}: TEST_SEED=${seed}\n`);
  const result = await soak({ fault, store, seed, rounds, say: () => undefined });
  expect(result.findings).toEqual([]);
  expect(isSound(result)).toBe(true);
  expect(result.rounds).toBe(rounds);
  expect(result.rows).toBeGreaterThan(0);
  return result;
};
