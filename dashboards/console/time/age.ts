import { useEffect, useState } from 'preact/hooks';
import { every, now, parseTime, seconds, type TimeSpan, timesSet } from './clock.ts';

const TICK = seconds(5);

/** The present by the service's clock, moved on while the page is seen. Undefined until an answer has set it. */
export const usePresent = (step: TimeSpan): number | undefined => {
  const [at, set] = useState(() => (timesSet.get() > 0 ? now() : undefined));
  useEffect(() => {
    const read = (): void => {
      if (timesSet.get() > 0 && !document.hidden) set(now());
    };
    read();
    const stops = [every(step, read), timesSet.subscribe(read)];
    document.addEventListener('visibilitychange', read);
    return () => {
      for (const stop of stops) stop();
      document.removeEventListener('visibilitychange', read);
    };
  }, [step.ms]);
  return at;
};

/** The present, moved on every five seconds: for the ages of what an answer has brought. */
export const useNow = (): number => usePresent(TICK) ?? now();

/** Seconds since a moment; none for one that a clock ahead of ours gave. */
export const ageOf = (time: string, at: number): number => Math.max(0, (at - parseTime(time)) / 1_000);
