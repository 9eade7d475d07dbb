import { readFileSync } from 'node:fs';

/** Length of a tick in `/proc`, the same on each Linux that Node.js supports. */
const TICK_MS = 10;

const field = (text: string, index: number): number => Number(text.split(' ')[index] ?? 0);

/** User and system time of a file `stat` in `/proc`, in milliseconds (proc(5)). */
const processorMs = (path: string): number => {
  const stat = readFileSync(path, 'latin1');
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

/** Processor time of one process. */
interface ProcessTime {
  /** All threads together. */
  readonly all: number;
  readonly mainThread: number;
}

const timeOf = (pid: number): ProcessTime => ({
  all: processorMs(`/proc/${pid}/stat`),
  mainThread: processorMs(`/proc/${pid}/task/${pid}/stat`),
});

/** Processor time during the measurement. */
export interface Usage {
  /** Processor time in milliseconds, by process. */
  readonly ms: Readonly<Record<string, number>>;
  /** The part of the main thread, by process. The generator reports its whole time only. */
  readonly mainThreadMs: Readonly<Record<string, number>>;
  /** Number of cores that other processes kept busy. */
  readonly othersCores: number;
}

/** Measures the processor time of these processes; the generator reports its own. */
export const meter = (
  pids: Readonly<Record<string, number>>,
  monotonic: () => number,
): ((generatorMs: number) => Usage) => {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, time: timeOf(pid) }));
  const machineBefore = machineMs();
  const began = monotonic();
  return (generatorMs) => {
    const used = before.map(({ name, pid, time }) => {
      const { all, mainThread } = timeOf(pid);
      return { name, all: all - time.all, mainThread: mainThread - time.mainThread };
    });
    const ours = used.reduce((sum, { all }) => sum + all, generatorMs);
    const others = Math.max(0, machineMs() - machineBefore - ours);
    return {
      ms: { ...Object.fromEntries(used.map(({ name, all }) => [name, all])), generator: generatorMs },
      mainThreadMs: Object.fromEntries(used.map(({ name, mainThread }) => [name, mainThread])),
      othersCores: others / (monotonic() - began),
    };
  };
};

const USAGE = /^(?:(.*?): .*?)?processor µs per message: (.+); other processes kept ([\d.]+) cores busy$/;

/** Processor time per message in microseconds, as a sentence. */
export const writeUsage = ({ ms, othersCores }: Pick<Usage, 'ms' | 'othersCores'>, messages: number): string => {
  const costs = Object.entries(ms).map(([name, used]) => `${name} ${((used * 1_000) / messages).toFixed(1)}`);
  return `processor µs per message: ${costs.join(', ')}; other processes kept ${othersCores.toFixed(2)} cores busy`;
};

/** The content of such a sentence. */
export interface WrittenUsage {
  /** The text in front of the sentence, up to its colon; empty without one. */
  readonly of: string;
  /** Microseconds by process. */
  readonly micros: ReadonlyMap<string, number>;
  readonly othersCores: number;
}

/** Reads the sentence in a note, for the report of another version. Undefined for another note. */
export const readUsage = (note: string): WrittenUsage | undefined => {
  const [, of = '', costs = '', cores = ''] = USAGE.exec(note) ?? [];
  if (costs === '') return undefined;
  const micros = costs.split(', ').map((cost): [string, number] => {
    const end = cost.lastIndexOf(' ');
    return [cost.slice(0, end), Number(cost.slice(end + 1))];
  });
  return { of, micros: new Map(micros), othersCores: Number(cores) };
};
