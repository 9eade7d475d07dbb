/** Share of the bound below which reading goes on, so that it does not flutter. */
const RELIEF = 0.75;

/** Holds back reading from all connections while too much waits for the disk. */
export class Pressure {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #isOn = false;

  /** @param most bytes that may wait */
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

  /** To be told whenever more waits, or less. */
  changed(bytes: number): void {
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
