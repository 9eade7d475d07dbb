import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { anonymousMegabytes } from '#bench/report/usage.ts';
import type { Service } from '#test/support/servers/service.ts';

const SAMPLE = seconds(1);

/** Of a process that is gone, 0: faults end processes. */
const anonymous = (pid: number): number => {
  try {
    return anonymousMegabytes(pid);
  } catch {
    return 0;
  }
};

/** Looks each second at the memory of broker and ingest together. */
export const watchPeak = (service: Service): { readonly peak: () => number; stop(): void } => {
  let peak = 0;
  const timer = systemClock.every(SAMPLE, () => {
    const both = (['broker', 'ingest'] as const).map((part) => anonymous(service.running(part).pid));
    peak = Math.max(
      peak,
      both.reduce((sum, megabytes) => sum + megabytes, 0),
    );
  });
  return { peak: () => peak, stop: () => timer.stop() };
};
