import { Histogram } from './histogram.ts';
import type { LoadClient } from './load-client.ts';
import type { Report, Result, Run } from './orders.ts';
import type { Visible } from './visible.ts';
import type { Clock, Timer } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';

/** Steps in which a paced load follows its schedule. */
const TICK = milliseconds(1);
/** How long the last acknowledgements, and then the last readings in the API, may take. */
const FAREWELL = seconds(60);
const LAST_SIGHT = seconds(10);

export interface LoadRunDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly tell: (report: Report) => void;
  /** Cleared when figures begin to be taken. */
  readonly visible: Visible | undefined;
  readonly processorMs: () => number;
}

/** What was counted while figures were taken. */
type Figures = Pick<Result, 'measured' | 'seconds' | 'latency' | 'lateness' | 'cpuMs'>;

/** One load after the other through the same connections: as fast as acknowledged, or to a schedule. */
export class LoadRun {
  readonly latency = new Histogram();
  readonly #lateness = new Histogram();
  readonly #deps: LoadRunDeps;
  #clients: readonly LoadClient[] = [];
  #timers: Timer[] = [];
  #isSending = false;
  #isHeld = false;
  #isPaced = false;
  #total = 0;
  #totalBefore = 0;
  #began = 0;
  #cpuBefore = 0;
  #sent = 0;
  #skipped = 0;
  #closed = 0;
  #returned = 0;
  #closedWhy: string | undefined;

  constructor(deps: LoadRunDeps) {
    this.#deps = deps;
  }

  connected(clients: readonly LoadClient[]): void {
    this.#clients = clients;
  }

  acknowledged(client: LoadClient, count: number): void {
    this.#total += count;
    if (this.#isSending && !this.#isHeld && !this.#isPaced) client.send(count);
    if (this.#isSending && client.room === 0 && client.inFlight === 0) this.#endWhenAllSent();
  }

  closed(why: string): void {
    this.#closed += 1;
    this.#closedWhy ??= why;
  }

  returned(client: LoadClient): void {
    this.#returned += 1;
    if (this.#isSending && !this.#isHeld && !this.#isPaced) client.send(client.room);
  }

  begin({ warmUpMs, measureMs, rate, from, dropOuts }: Run): void {
    const { clock, tell } = this.#deps;
    this.#total = this.#sent = this.#skipped = 0;
    this.#isSending = true;
    this.#isHeld = false;
    this.#isPaced = rate !== undefined;
    for (const { publishes } of this.#clients) publishes.advance(from);
    this.#timers = [
      clock.every(seconds(1), () => tell({ kind: 'progress', total: this.#total, closed: this.#closed })),
    ];
    if (rate !== undefined) this.#timers.push(this.#pace(rate));
    if (dropOuts !== undefined) this.#timers.push(this.#dropOut(dropOuts));
    if (warmUpMs === 0) this.#measure(measureMs);
    else this.#timers.push(clock.after(milliseconds(warmUpMs), () => this.#measure(measureMs)));
    if (rate === undefined) this.go();
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** Fills every window, and again after each acknowledgement. */
  go(): void {
    this.#isHeld = false;
    for (const client of this.#clients) client.send(client.room);
  }

  /** Sends no more, waits for what is under way, and tells the result. */
  async finish(): Promise<void> {
    if (!this.#isSending) return;
    this.#isSending = false;
    const { clock, tell, visible } = this.#deps;
    const figures = this.#figures();
    for (const timer of this.#timers) timer.stop();
    await this.#until(FAREWELL.ms, () => this.#clients.every(({ inFlight }) => inFlight === 0));
    if (visible !== undefined) await this.#until(LAST_SIGHT.ms, () => visible.unseen === 0);
    tell({
      kind: 'result',
      ...figures,
      total: this.#total,
      skipped: this.#skipped,
      closed: this.#closed,
      returned: this.#returned,
      ...(this.#closedWhy === undefined ? {} : { closedWhy: this.#closedWhy }),
      next: Math.max(...this.#clients.map(({ publishes }) => publishes.next), clock.now()),
      ...(visible === undefined ? {} : { visible: visible.summary() }),
    });
  }

  /** Keeps connections alive that have been quiet for half of their keepalive. */
  pingQuiet(keepaliveMs: number): void {
    const before = this.#deps.clock.monotonic() - keepaliveMs / 2;
    for (const client of this.#clients) if (client.wroteAt < before) client.ping();
  }

  #measure(measureMs: number | undefined): void {
    const { clock, tell, visible, processorMs } = this.#deps;
    this.latency.clear();
    this.#lateness.clear();
    visible?.clear();
    this.#totalBefore = this.#total;
    this.#skipped = 0;
    this.#began = clock.monotonic();
    this.#cpuBefore = processorMs();
    tell({ kind: 'measuring' });
    if (measureMs !== undefined) this.#timers.push(clock.after(milliseconds(measureMs), () => void this.finish()));
  }

  #figures(): Figures {
    const { clock, processorMs } = this.#deps;
    return {
      measured: this.#total - this.#totalBefore,
      seconds: (clock.monotonic() - this.#began) / 1_000,
      latency: this.latency.summary(),
      lateness: this.#lateness.summary(),
      cpuMs: processorMs() - this.#cpuBefore,
    };
  }

  /** Messages at even distances, the clients in turn. */
  #pace(rate: number): Timer {
    const { clock } = this.#deps;
    const began = clock.monotonic();
    return clock.every(TICK, () => {
      const now = clock.monotonic();
      const due = Math.floor(((now - began) * rate) / 1_000);
      for (; this.#sent < due; this.#sent += 1) {
        this.#lateness.record(now - began - (this.#sent * 1_000) / rate);
        if (this.#clients[this.#sent % this.#clients.length]?.send(1) !== 1) this.#skipped += 1;
      }
    });
  }

  #dropOut(aSecond: number): Timer {
    const { clock, random } = this.#deps;
    return clock.every(milliseconds(1_000 / aSecond), () => {
      this.#clients[Math.floor(random() * this.#clients.length)]?.dropOut();
    });
  }

  #endWhenAllSent(): void {
    if (this.#clients.every(({ room, inFlight }) => room === 0 && inFlight === 0)) void this.finish();
  }

  async #until(ms: number, isSo: () => boolean): Promise<void> {
    const { clock } = this.#deps;
    const end = clock.monotonic() + ms;
    while (!isSo() && clock.monotonic() < end) await clock.sleep(milliseconds(5));
  }
}
