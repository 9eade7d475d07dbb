/** Something that holds from a time on, until the next of its kind begins. */
export interface Dated {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly from: number;
}

/**
 * The version in force at a time: of those that have begun, the one that began last. A replay of old data gets the
 * version of that time, not the newest one. Of two that begin together the later in the list holds.
 */
export const inForce = <D extends Dated>(versions: readonly D[], at: number): D | undefined =>
  versions.reduce<D | undefined>(
    (current, one) => (one.from <= at && (current === undefined || one.from >= current.from) ? one : current),
    undefined,
  );
