import { useEffect, useState } from 'preact/hooks';
import { every, now, parseTime, seconds } from './clock.ts';

const TICK = seconds(5);

/** The present, moved on every five seconds: for ages. */
export const useNow = (): number => {
  const [at, set] = useState(now);
  useEffect(() => every(TICK, () => set(now())), []);
  return at;
};

/** Seconds since a moment; none for one that a clock ahead of ours gave. */
export const ageOf = (time: string, at: number): number => Math.max(0, (at - parseTime(time)) / 1_000);
