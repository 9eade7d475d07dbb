/** Items that are on their way together, until they are acknowledged or the connection is lost. */
export interface UplinkBatch<T> {
  readonly items: readonly T[];
}

/** The store-and-forward memory of a device: what was read and is not acknowledged yet, oldest first. */
export interface Buffer<T> {
  /**
   * Keeps an item. When full, the oldest that is not on its way is given up and counted; the newcomer itself where
   * everything is on its way.
   */
  push(item: T): void;
  /** Takes up to `limit` of the oldest waiting items, which are on their way from now on; undefined when none waits. */
  take(limit: number): UplinkBatch<T> | undefined;
  /**
   * The batch arrived: its items are forgotten. A batch that was released before changes nothing.
   * @returns whether it had been on its way the longest
   */
  acknowledge(batch: UplinkBatch<T>): boolean;
  /** The connection is gone: everything on its way waits again, in its old order. */
  release(): void;
  /** Waiting and on the way. */
  readonly size: number;
  readonly waiting: number;
  /** Number of batches on their way. */
  readonly inFlight: number;
  readonly acknowledged: number;
  /** Given up because the memory was full. */
  readonly dropped: number;
}

/** @param capacity most items held, on the way ones included; at least 1 */
// oxlint-disable-next-line max-lines-per-function -- one data structure, whose functions share its variables
export const createBuffer = <T>(capacity: number): Buffer<T> => {
  let queue: T[] = [];
  // items before `head` are gone; the array is cut now and then, so that taking is cheap
  let head = 0;
  let batches: UplinkBatch<T>[] = [];
  let onTheWay = 0;
  let acknowledged = 0;
  let dropped = 0;

  const waiting = (): number => queue.length - head;
  const compact = (): void => {
    if (head < 1_024 || head * 2 < queue.length) return;
    queue = queue.slice(head);
    head = 0;
  };

  return {
    push(item) {
      if (waiting() + onTheWay >= capacity) {
        dropped += 1;
        if (waiting() === 0) return;
        head += 1;
        compact();
      }
      queue.push(item);
    },
    take(limit) {
      const items = queue.slice(head, head + limit);
      if (items.length === 0) return undefined;
      head += items.length;
      onTheWay += items.length;
      compact();
      const batch = { items };
      batches.push(batch);
      return batch;
    },
    acknowledge(batch) {
      const at = batches.indexOf(batch);
      if (at < 0) return false;
      batches.splice(at, 1);
      onTheWay -= batch.items.length;
      acknowledged += batch.items.length;
      return at === 0;
    },
    release() {
      if (batches.length === 0) return;
      queue = [...batches.flatMap(({ items }) => items), ...queue.slice(head)];
      head = 0;
      batches = [];
      onTheWay = 0;
    },
    get size() {
      return waiting() + onTheWay;
    },
    get waiting() {
      return waiting();
    },
    get inFlight() {
      return batches.length;
    },
    get acknowledged() {
      return acknowledged;
    },
    get dropped() {
      return dropped;
    },
  };
};
