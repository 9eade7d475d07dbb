import { readFileSync } from 'node:fs';
import { systemClock } from '#model/clock.ts';
import { seconds } from '#model/duration.ts';
import type { Service } from '#test/support/service.ts';

const SAMPLE = seconds(1);

/** Memory of a process that no file stands behind (`RssAnon`), in megabytes of 10^6 bytes; 0 when it is gone. */
const anonymous = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return (Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024) / 1e6;
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
