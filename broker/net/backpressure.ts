/** Share of the bound below which reading starts again (hysteresis). */
const RELIEF = 0.75;

/** Share of the bound for unfinished packets. It is below the hysteresis, so that they alone do not stop the reading. */
export const UNFINISHED_SHARE = 1 / 3;

/** Stops the reading from all connections while too many bytes wait for the disk, or belong to unfinished packets. */
export class Backpressure {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #isOn = false;
  #forDisk = 0;
  #unfinished = 0;

  /** @param most bound of both, in bytes */
  constructor(most: number) {
    this.#most = most;
  }

  /** Number of paused connections. */
  get paused(): number {
    return this.#waiting.size;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Sets the number of bytes that wait for the disk. */
  changed(bytes: number): void {
    this.#forDisk = bytes;
    this.#update();
  }

  /** Sets the number of bytes of unfinished packets. */
  unfinished(bytes: number): void {
    this.#unfinished = Math.min(bytes, this.#most * UNFINISHED_SHARE);
    this.#update();
  }

  #update(): void {
    const bytes = this.#forDisk + this.#unfinished;
    if (bytes >= this.#most) this.#isOn = true;
    if (!this.#isOn || bytes > this.#most * RELIEF) return;
    this.#isOn = false;
    const paused = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of paused) resume();
  }

  /** Calls back once at the end of the backpressure. */
  wait(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** Removes the callback of a closed connection. */
  leave(resume: () => void): void {
    this.#waiting.delete(resume);
  }
}
