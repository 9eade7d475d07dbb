import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Order, type Plan, Report, type Result, type Run } from './load/orders.ts';

/** The script of the child; its own young generation is kept large, so that it collects seldom. */
const SCRIPT = fileURLToPath(new URL('load.ts', import.meta.url));
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];

/** A load that runs. */
export interface RunningLoad {
  /** Resolves when the warm-up is over; by then figures are being taken. */
  readonly measuring: Promise<void>;
  readonly result: Promise<Result>;
  /** Acknowledged since the run began, as last told. */
  total(): number;
  /** Connections that the broker has closed, as last told. */
  closed(): number;
  hold(): void;
  go(): void;
  /** Ends a load without an end of its own. */
  finish(): void;
}

/** A load generator in a process of its own, connected and waiting. */
export interface Generator {
  readonly pid: number;
  run(run: Omit<Run, 'kind'>): RunningLoad;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

type ReportKind = Report['kind'];

/** Waits for reports of one kind, and fails when the child ends before. */
class Reports {
  readonly #waiting = new Map<ReportKind, { resolve: (report: Report) => void; reject: (why: Error) => void }>();
  #total = 0;
  #closed = 0;
  #died: Error | undefined;

  constructor(child: ChildProcess) {
    child.on('message', (message) => {
      const report = Report.parse(message);
      if (report.kind === 'progress' || report.kind === 'result') {
        this.#total = report.total;
        this.#closed = report.closed;
      }
      this.#waiting.get(report.kind)?.resolve(report);
      this.#waiting.delete(report.kind);
    });
    child.once('exit', (status, signal) => {
      this.#died = new Error(`the load generator ended (${signal ?? status}); its message stands above`);
      for (const { reject } of this.#waiting.values()) reject(this.#died);
    });
  }

  get closed(): number {
    return this.#closed;
  }

  get total(): number {
    return this.#total;
  }

  next(kind: ReportKind): Promise<Report> {
    if (this.#died !== undefined) return Promise.reject(this.#died);
    return new Promise((resolve, reject) => void this.#waiting.set(kind, { resolve, reject }));
  }

  begin(): void {
    this.#total = 0;
  }
}

const resultOf = async (report: Promise<Report>): Promise<Result> => {
  const result = await report;
  if (result.kind !== 'result') throw new Error(`a ${result.kind} where a result was due`);
  return result;
};

/** Starts a generator and waits until all of its clients are connected. */
export const startGenerator = async (plan: Omit<Plan, 'kind'>): Promise<Generator> => {
  const child = fork(SCRIPT, [], { execArgv: FLAGS, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const reports = new Reports(child);
  const order = (given: Order): void => void child.send(given);
  const connected = reports.next('connected');
  order({ kind: 'plan', ...plan });
  await connected;
  return {
    pid: child.pid ?? 0,
    run: (run) => {
      reports.begin();
      const measuring = reports.next('measuring').then(() => undefined);
      const result = resultOf(reports.next('result'));
      for (const promise of [measuring, result]) promise.catch(() => undefined);
      order({ kind: 'run', ...run });
      return {
        measuring,
        result,
        total: () => reports.total,
        closed: () => reports.closed,
        hold: () => order({ kind: 'hold' }),
        go: () => order({ kind: 'go' }),
        finish: () => order({ kind: 'finish' }),
      };
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};
