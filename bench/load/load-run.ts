import { Histogram } from './histogram.ts';
import type { LoadClient } from './load-client.ts';
import type { Report, Result, Run } from './protocol.ts';
import type { VisibleThread } from './visible-thread.ts';
import type { Clock, Timer } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';

/** Interval in which a paced load follows its schedule. */
const TICK = milliseconds(1);
/** Time limit for the last acknowledgements. */
const DRAIN_TIMEOUT = seconds(60);

export interface LoadRunDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly send: (report: Report) => void;
  /** Cleared at the start of the measurement. */
  readonly visible: VisibleThread | undefined;
  readonly processorMs: () => number;
}

/** Counts of the measurement. */
type Figures = Pick<Result, 'measured' | 'seconds' | 'latency' | 'lateness' | 'cpuMs'>;

/** Runs loads through the same connections one after the other: as fast as acknowledged, or with a rate. */
export class LoadRun {
  readonly latency = new Histogram();
  readonly #lateness = new Histogram();
  readonly #deps: LoadRunDeps;
  #clients: readonly LoadClient[] = [];
  #timers: Timer[] = [];
  #isSending = false;
  #isPaused = false;
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
    if (this.#isSending && !this.#isPaused && !this.#isPaced) client.send(count);
    if (this.#isSending && client.room === 0 && client.inFlight === 0) this.#endWhenAllSent();
  }

  closed(why: string): void {
    this.#closed += 1;
    this.#closedWhy ??= why;
  }

  returned(client: LoadClient): void {
    this.#returned += 1;
    if (this.#isSending && !this.#isPaused && !this.#isPaced) client.send(client.room);
  }

  begin({ warmUpMs, measureMs, rate, from, dropOuts }: Run): void {
    const { clock, send } = this.#deps;
    this.#total = this.#sent = this.#skipped = 0;
    this.#isSending = true;
    this.#isPaused = false;
    this.#isPaced = rate !== undefined;
    for (const { publishes } of this.#clients) publishes.advance(from);
    this.#timers = [
      clock.every(seconds(1), () => send({ kind: 'progress', total: this.#total, closed: this.#closed })),
    ];
    if (rate !== undefined) this.#timers.push(this.#pace(rate));
    if (dropOuts !== undefined) this.#timers.push(this.#dropOut(dropOuts));
    if (warmUpMs === 0) this.#measure(measureMs);
    else this.#timers.push(clock.after(milliseconds(warmUpMs), () => this.#measure(measureMs)));
    if (rate === undefined) this.resume();
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Fills all windows, and fills them again after each acknowledgement. */
  resume(): void {
    this.#isPaused = false;
    for (const client of this.#clients) client.send(client.room);
  }

  /** Stops sending, waits for pending publishes, and sends the result. */
  async finish(): Promise<void> {
    if (!this.#isSending) return;
    this.#isSending = false;
    const { clock, send, visible } = this.#deps;
    const figures = this.#figures();
    for (const timer of this.#timers) timer.stop();
    await this.#until(DRAIN_TIMEOUT.ms, () => this.#clients.every(({ inFlight }) => inFlight === 0));
    const seen = await visible?.finish();
    send({
      kind: 'result',
      ...figures,
      total: this.#total,
      skipped: this.#skipped,
      closed: this.#closed,
      returned: this.#returned,
      ...(this.#closedWhy === undefined ? {} : { closedWhy: this.#closedWhy }),
      next: Math.max(...this.#clients.map(({ publishes }) => publishes.next), clock.now()),
      ...(seen === undefined ? {} : { visible: seen }),
    });
  }

  /** Pings on connections that were idle for half of their keepalive. */
  pingIdle(keepaliveMs: number): void {
    const before = this.#deps.clock.monotonic() - keepaliveMs / 2;
    for (const client of this.#clients) if (client.wroteAt < before) client.ping();
  }

  #measure(measureMs: number | undefined): void {
    const { clock, send, visible, processorMs } = this.#deps;
    this.latency.clear();
    this.#lateness.clear();
    visible?.clear();
    this.#totalBefore = this.#total;
    this.#skipped = 0;
    this.#began = clock.monotonic();
    this.#cpuBefore = processorMs();
    send({ kind: 'measuring' });
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

  /** Sends messages at equal intervals, the clients in rotation. */
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

  #dropOut(perSecond: number): Timer {
    const { clock, random } = this.#deps;
    return clock.every(milliseconds(1_000 / perSecond), () => {
      this.#clients[Math.floor(random() * this.#clients.length)]?.dropOut();
    });
  }

  #endWhenAllSent(): void {
    if (this.#clients.every(({ room, inFlight }) => room === 0 && inFlight === 0)) void this.finish();
  }

  async #until(ms: number, isReached: () => boolean): Promise<void> {
    const { clock } = this.#deps;
    const end = clock.monotonic() + ms;
    while (!isReached() && clock.monotonic() < end) await clock.sleep(milliseconds(5));
  }
}
