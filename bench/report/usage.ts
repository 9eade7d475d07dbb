import { readFileSync } from 'node:fs';

/** Length of a tick in `/proc`, the same on each Linux that Node.js supports. */
const TICK_MS = 10;

const field = (text: string, index: number): number => Number(text.split(' ')[index] ?? 0);

/** Processor time that a process has used, all threads together, in milliseconds (proc(5), `stat`). */
const processorMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const afterName = stat.slice(stat.lastIndexOf(')') + 2);
  return (field(afterName, 11) + field(afterName, 12)) * TICK_MS;
};

/** Processor time that the whole machine has used, in milliseconds. */
const machineMs = (): number => {
  const [first = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
};

/** Anonymous memory of a process (`RssAnon`), in megabytes of 10^6 bytes. */
export const anonymousMegabytes = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024) / 1e6;
};

/** Processor time during the measurement. */
export interface Usage {
  /** Processor time in milliseconds, by process. */
  readonly ms: Readonly<Record<string, number>>;
  /** Number of cores that other processes kept busy. */
  readonly othersCores: number;
}

/** Measures the processor time of these processes; the generator reports its own. */
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

/** Processor time per message in microseconds, as a sentence. */
export const writeUsage = ({ ms, othersCores }: Usage, messages: number): string => {
  const costs = Object.entries(ms).map(([name, used]) => `${name} ${((used * 1_000) / messages).toFixed(1)}`);
  return `processor µs per message: ${costs.join(', ')}; other processes kept ${othersCores.toFixed(2)} cores busy`;
};
