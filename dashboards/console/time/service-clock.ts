/** Clocks of the device on which the page is open, in milliseconds. */
export interface DeviceClocks {
  /** Wall time. It may be years off, and be set while the page is open. It goes on while the device sleeps. */
  readonly wall: () => number;
  /** Never set. It may stand still while the device sleeps. */
  readonly steady: () => number;
}

/** The time of the service, as a page knows it from the answers that it gets. */
export interface ServiceClock {
  /** Milliseconds since 1970; the device's own wall time until the first answer. */
  now(): number;
  /** Takes the time that an answer carries, in whole seconds. Returns whether that changed what `now` returns. */
  set(time: number): boolean;
}

/** An answer says its time in whole seconds: it may be this much later. */
const SECOND_MS = 1_000;

/**
 * Carries the time of the newest answer on by the device's clocks, by the one that has gone further since: a device that
 * slept, or whose clock was set back, must not show an old value as a new one.
 */
export const makeServiceClock = ({ wall, steady }: DeviceClocks): ServiceClock => {
  let newest: { readonly time: number; readonly wall: number; readonly steady: number } | undefined;

  const now = (): number =>
    newest === undefined ? wall() : newest.time + Math.max(wall() - newest.wall, steady() - newest.steady);

  return {
    now,
    set: (time) => {
      const at = now();
      if (newest !== undefined && time <= at && at < time + SECOND_MS) return false;
      newest = { time, wall: wall(), steady: steady() };
      return true;
    },
  };
};
