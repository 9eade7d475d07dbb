import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { VisibleAnswer, type VisibleCommand, type VisibleSummary } from './protocol.ts';

/**
 * Measures visible readings in a thread of its own, so that reading the answers of the API delays no publish and no
 * acknowledgement. A failed request ends the process.
 */
export class VisibleThread {
  readonly #worker: Worker;

  constructor(url: string, stations: readonly string[]) {
    this.#worker = new Worker(new URL('./visible-worker.ts', import.meta.url), { workerData: { url, stations } });
  }

  /** Starts the requests, until the process ends. */
  start(): void {
    this.#send({ kind: 'start' });
  }

  /** Times are monotonic milliseconds, which all threads of a process share. */
  sent(station: string, at: number, now: number): void {
    this.#send({ kind: 'sent', station, at, now });
  }

  clear(): void {
    this.#send({ kind: 'clear' });
  }

  /** The figures once every publish is visible, or after a time limit. */
  async finish(): Promise<VisibleSummary> {
    const answer = once(this.#worker, 'message');
    this.#send({ kind: 'finish' });
    const [summary] = await answer;
    return VisibleAnswer.parse(summary);
  }

  #send(command: VisibleCommand): void {
    this.#worker.postMessage(command);
  }
}
