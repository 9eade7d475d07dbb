import { readFileSync } from 'node:fs';

/** Length of a tick in `/proc`, the same on every Linux that Node runs on. */
const TICK_MS = 10;

const field = (text: string, index: number): number => Number(text.split(' ')[index] ?? 0);

/** Processor time that a process has used, all threads together, in milliseconds (proc(5), `stat`). */
const processorMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const behindName = stat.slice(stat.lastIndexOf(')') + 2);
  return (field(behindName, 11) + field(behindName, 12)) * TICK_MS;
};

/** Processor time that the whole machine has used, in milliseconds. */
const machineMs = (): number => {
  const [first = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
};

/** Memory that a process has to itself and that no file stands behind (`RssAnon`), in megabytes of 10^6 bytes. */
export const anonymousMegabytes = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024) / 1e6;
};

/** What was used while figures were taken. */
export interface Usage {
  /** Processor time in milliseconds, by process. */
  readonly ms: Readonly<Record<string, number>>;
  /** How many cores the rest of the machine kept busy: what other work took from the figures. */
  readonly othersCores: number;
}

/** Takes the processor time of some processes from now on; that of the generator is given by itself. */
export const meter = (
  pids: Readonly<Record<string, number>>,
  monotonic: () => number,
): ((generatorMs: number) => Usage) => {
  const read = (): readonly (readonly [string, number])[] =>
    Object.entries(pids).map(([name, pid]) => [name, processorMs(pid)]);
  const before = new Map(read());
  const machineBefore = machineMs();
  const began = monotonic();
  return (generatorMs) => {
    const used = read().map(([name, ms]) => [name, ms - (before.get(name) ?? 0)] as const);
    const ours = used.reduce((sum, [, ms]) => sum + ms, generatorMs);
    const others = Math.max(0, machineMs() - machineBefore - ours);
    return {
      ms: { ...Object.fromEntries(used), generator: generatorMs },
      othersCores: others / (monotonic() - began),
    };
  };
};

/** Processor time a message, in microseconds, as a sentence. */
export const writeUsage = ({ ms, othersCores }: Usage, messages: number): string => {
  const costs = Object.entries(ms).map(([name, used]) => `${name} ${((used * 1_000) / messages).toFixed(1)}`);
  return `processor µs a message: ${costs.join(', ')}; other work kept ${othersCores.toFixed(2)} cores busy`;
};
