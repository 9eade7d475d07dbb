import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type LoadCommand, type Plan, Report, type Result, type Run } from './load/protocol.ts';

/** Script and flags of the child. A large young generation makes its garbage collections rare. */
const SCRIPT = fileURLToPath(new URL('load.ts', import.meta.url));
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];

/** A running load. */
export interface RunningLoad {
  /** Resolves at the end of the warm-up, when the measurement starts. */
  readonly measuring: Promise<void>;
  readonly result: Promise<Result>;
  /** Acknowledged messages since the start of the run, by the last report. */
  total(): number;
  /** Connections that the broker has closed, by the last report. */
  closed(): number;
  pause(): void;
  resume(): void;
  /** Ends a load without a time limit. */
  finish(): void;
}

/** A connected load generator in its own process. */
export interface Generator {
  readonly pid: number;
  run(run: Omit<Run, 'kind'>): RunningLoad;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

type ReportKind = Report['kind'];

/** Waits for reports of one kind; fails when the child ends before. */
class Reports {
  readonly #waiting = new Map<ReportKind, { resolve: (report: Report) => void; reject: (why: Error) => void }>();
  #total = 0;
  #closed = 0;
  #failure: Error | undefined;

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
      this.#failure = new Error(`the load generator ended (${signal ?? status}); see its message above`);
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
    });
  }

  get closed(): number {
    return this.#closed;
  }

  get total(): number {
    return this.#total;
  }

  next(kind: ReportKind): Promise<Report> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => void this.#waiting.set(kind, { resolve, reject }));
  }

  begin(): void {
    this.#total = 0;
  }
}

const resultOf = async (report: Promise<Report>): Promise<Result> => {
  const result = await report;
  if (result.kind !== 'result') throw new Error(`a report ${result.kind} instead of a result`);
  return result;
};

/** Starts a generator and waits until all its clients are connected. */
export const startGenerator = async (plan: Omit<Plan, 'kind'>): Promise<Generator> => {
  const child = fork(SCRIPT, [], { execArgv: FLAGS, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const reports = new Reports(child);
  const command = (given: LoadCommand): void => void child.send(given);
  const connected = reports.next('connected');
  command({ kind: 'plan', ...plan });
  await connected;
  return {
    pid: child.pid ?? 0,
    run: (run) => {
      reports.begin();
      const measuring = reports.next('measuring').then(() => undefined);
      const result = resultOf(reports.next('result'));
      for (const promise of [measuring, result]) promise.catch(() => undefined);
      command({ kind: 'run', ...run });
      return {
        measuring,
        result,
        total: () => reports.total,
        closed: () => reports.closed,
        pause: () => command({ kind: 'pause' }),
        resume: () => command({ kind: 'resume' }),
        finish: () => command({ kind: 'finish' }),
      };
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};
