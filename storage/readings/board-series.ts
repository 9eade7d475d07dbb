import type { Instant } from '#model/base/instant.ts';

/** A fact or a figure beside the readings: registry, presence, alerts, the pipeline itself. */
export interface BoardPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Numbers are stored as floats; what is not finite is left out, and a point without fields is not written. */
  readonly fields: Readonly<Record<string, number | string>>;
  readonly at: Instant;
}

/**
 * Series that boards outside Klawing need beside the readings. Only a store that such boards read has them. Nothing
 * here counts in the ledger, and no reading ever waits for it.
 */
export interface BoardSeriesWriter {
  /**
   * Writes points; one of the same series and time replaces the earlier one.
   * @throws Fault with `retry` while the store is away, without it when it refuses the points for good
   */
  write(points: readonly BoardPoint[], signal: AbortSignal): Promise<void>;
}
