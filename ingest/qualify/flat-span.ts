/** Values that the state holds of the lower and of the upper bound of a span. More of them lie closer than sensors resolve. */
const MOST = 8;
/** A value, and the time of the value behind it; 0 while there is none. */
const ENTRY = 2;
/** A difference of one step of the sensor is not below the tolerance, whatever its last binary digit. */
const ROUNDING = 1e-9;

/** Places in the state: the time of the first value, and the numbers of entries in the two queues. */
const [SINCE, LOWS, HIGHS, QUEUES] = [0, 1, 2, 3];

/** A queue in a state: its count, and its first entry. */
interface Queue {
  readonly count: number;
  readonly from: number;
}
const LOW: Queue = { count: LOWS, from: QUEUES };
const HIGH: Queue = { count: HIGHS, from: QUEUES + MOST * ENTRY };

const countOf = (state: Float64Array, { count }: Queue): number => state[count] ?? 0;
const frontOf = (state: Float64Array, { from }: Queue): number => state[from] ?? 0;
/** The time of the value behind the oldest entry. */
const afterFront = (state: Float64Array, { from }: Queue): number => {
  const after = state[from + 1] ?? 0;
  return after === 0 ? Number.POSITIVE_INFINITY : after;
};

/** Moves the entries by one, number by number: they are few, and the calls of the array cost more. */
const popFront = (state: Float64Array, { count, from }: Queue): void => {
  const end = from + (state[count] ?? 0) * ENTRY;
  for (let at = from; at < end; at += 1) state[at] = at + ENTRY < end ? (state[at + ENTRY] ?? 0) : 0;
  state[count] = (state[count] ?? 0) - 1;
};

const clear = (state: Float64Array, { count, from }: Queue): void => {
  const end = from + (state[count] ?? 0) * ENTRY;
  for (let at = from; at < end; at += 1) state[at] = 0;
};

/** Tells the newest entry the time of the value behind it. */
const follow = (state: Float64Array, queue: Queue, time: number): void => {
  state[queue.from + countOf(state, queue) * ENTRY - 1] = time;
};

/**
 * The longest span of values, up to the newest one, whose range is below a tolerance. It keeps the values that are the least or
 * the greatest of all behind them: a sensor with a resolution has few of those within a tolerance. It is exact as long as they
 * are eight or fewer; with more, the span begins later.
 */
export class FlatSpan {
  /** Numbers of the state. */
  static readonly WIDTH = QUEUES + 2 * MOST * ENTRY;

  readonly #tolerance: number;

  constructor(tolerance: number) {
    this.#tolerance = tolerance * (1 - ROUNDING);
  }

  /** Begins with a value; gives the length of the span, 0. */
  begin(state: Float64Array, time: number, value: number): number {
    clear(state, LOW);
    clear(state, HIGH);
    state[SINCE] = time;
    state[LOWS] = state[HIGHS] = 1;
    state[LOW.from] = state[HIGH.from] = value;
    return 0;
  }

  /** Adds the next value; gives the length of the span that ends with it. */
  lengthen(state: Float64Array, time: number, value: number): number {
    const count = countOf(state, LOW);
    const last = state[LOW.from + (count - 1) * ENTRY] ?? 0;
    if (count === 0 || Math.abs(value - last) >= this.#tolerance) return this.begin(state, time, value);
    follow(state, LOW, time);
    follow(state, HIGH, time);
    this.#push(state, LOW, value, (last) => last >= value);
    this.#push(state, HIGH, value, (last) => last <= value);
    while (frontOf(state, HIGH) - frontOf(state, LOW) >= this.#tolerance) {
      this.#beginLater(state, afterFront(state, LOW) < afterFront(state, HIGH) ? LOW : HIGH);
    }
    return time - (state[SINCE] ?? time);
  }

  #push(state: Float64Array, queue: Queue, value: number, isDominated: (last: number) => boolean): void {
    const { from } = queue;
    let count = countOf(state, queue);
    while (count > 0 && isDominated(state[from + (count - 1) * ENTRY] ?? 0)) {
      count -= 1;
      state[from + count * ENTRY] = state[from + count * ENTRY + 1] = 0;
    }
    state[queue.count] = count;
    if (count === MOST) {
      this.#beginLater(state, queue);
      count = countOf(state, queue);
    }
    state[from + count * ENTRY] = value;
    state[queue.count] = count + 1;
  }

  /** Takes the oldest entry of a queue out, and with it all that is older. */
  #beginLater(state: Float64Array, queue: Queue): void {
    const since = afterFront(state, queue);
    state[SINCE] = since;
    while (countOf(state, LOW) > 0 && afterFront(state, LOW) <= since) popFront(state, LOW);
    while (countOf(state, HIGH) > 0 && afterFront(state, HIGH) <= since) popFront(state, HIGH);
  }
}
