/** Share of the bound below which reading goes on, so that it does not flutter. */
const RELIEF = 0.75;

/** Share of the bound that unfinished packets may have: below the relief, so that they alone hold nobody back. */
export const UNFINISHED_SHARE = 1 / 3;

/** Holds back reading from all connections while too much waits for the disk, or for the rest of its packet. */
export class Backpressure {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #isOn = false;
  #forDisk = 0;
  #unfinished = 0;

  /** @param most bytes that may wait, of both */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many connections are held back. */
  get held(): number {
    return this.#waiting.size;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** To be told whenever more waits for the disk, or less. */
  changed(bytes: number): void {
    this.#forDisk = bytes;
    this.#judge();
  }

  /** The same of packets of which only the beginning has come. */
  unfinished(bytes: number): void {
    this.#unfinished = Math.min(bytes, this.#most * UNFINISHED_SHARE);
    this.#judge();
  }

  #judge(): void {
    const bytes = this.#forDisk + this.#unfinished;
    if (bytes >= this.#most) this.#isOn = true;
    if (!this.#isOn || bytes > this.#most * RELIEF) return;
    this.#isOn = false;
    const held = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of held) resume();
  }

  /** Calls back once when it is over. */
  wait(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** The connection has gone. */
  leave(resume: () => void): void {
    this.#waiting.delete(resume);
  }
}
