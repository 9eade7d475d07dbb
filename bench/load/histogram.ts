/** Sub-buckets of each power of two: the error of a value is below 1.6 %. */
const STEPS = 64;
const STEP_BITS = 6;
/** Up to 2^32 µs, more than an hour. */
const BUCKETS = (33 - STEP_BITS) * STEPS;

/** Distribution of a latency, in milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const bucketOf = (micros: number): number => {
  if (micros < STEPS) return micros;
  const shift = 31 - Math.clz32(micros) - STEP_BITS;
  return (shift + 1) * STEPS + (micros >>> shift) - STEPS;
};

/** The middle of a bucket, in microseconds. */
const middleOf = (bucket: number): number => {
  if (bucket < STEPS) return bucket;
  const shift = Math.floor(bucket / STEPS) - 1;
  return ((bucket % STEPS) + STEPS + 0.5) * 2 ** shift;
};

/** Counts latencies in buckets of microseconds that double in width, at some nanoseconds for each. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  /** @param ms latency in milliseconds; a negative one counts as zero */
  record(ms: number): void {
    const micros = Math.min(Math.max(0, Math.round(ms * 1_000)), 2 ** 32 - 1);
    const bucket = bucketOf(micros);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (ms > this.#max) this.#max = ms;
  }

  /** Adds the counts of another histogram. */
  add(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The smallest value, in milliseconds, that at least this share of all values does not exceed. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(middleOf(bucket) / 1_000, this.#max);
    }
    return this.#max;
  }

  summary(): Distribution {
    return { count: this.#count, p50: this.percentile(0.5), p99: this.percentile(0.99), max: this.#max };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}
