import { z } from 'zod';
import { BytesMember, InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { ReaderName } from './reader-name.ts';

/** A series with stored values that came late: their flags, and those of the values around them, are found anew. */
export const LateSeries = z.object({
  device: z.string(),
  station: z.string(),
  property: z.string(),
  family: z.string(),
  /** Times of the first and of the last late value. */
  from: InstantMember,
  to: InstantMember,
  /** When the first and the last of them were stored. */
  since: InstantMember,
  noted: InstantMember,
});
export type LateSeries = Readonly<z.infer<typeof LateSeries>>;

/** A span of stored values of a series that came late, or whose flag has changed. */
export const SeriesChange = z.object({
  station: z.string(),
  device: z.string(),
  property: z.string(),
  /** When it was stored so. */
  at: InstantMember,
  from: InstantMember,
  to: InstantMember,
});
export type SeriesChange = Readonly<z.infer<typeof SeriesChange>>;

/** Changes of the quality tests by a batch of the storing reader. */
export interface QualityCommit {
  readonly courses: readonly SeriesCourse[];
  readonly late: readonly LateSeries[];
  readonly changes: readonly SeriesChange[];
}

/** A version of the parameters as it was read at a start, with its document as JSON. */
export interface KeptVersion {
  readonly version: number;
  readonly from: Instant;
  readonly parameters: string;
}

export interface QualityRows {
  /** Versions of the parameters that were read at an earlier start, in their order. */
  qualityVersions(): readonly KeptVersion[];
  /** Puts these in the place of all of them. */
  keepQualityVersions(versions: readonly KeptVersion[]): Promise<void>;
  /** The numbers of all series, as the last committed batch of a reader left them. */
  seriesCourses(reader: ReaderName): readonly SeriesCourse[];
  /** Series with late values that were noted last before `quiet`, or first before `waited`. */
  lateSeries(quiet: Instant, waited: Instant): readonly LateSeries[];
  /**
   * The flags around late values of a series are found: the series is forgotten, or a rest of its span is left. Its numbers are
   * replaced where they have changed.
   */
  commitRequalified(
    late: LateSeries,
    rest: Instant | undefined,
    found: { readonly numbers: Float64Array | undefined; readonly changes: readonly SeriesChange[] },
  ): Promise<void>;
  /** Spans of a station whose values came late, or changed their flag, at or after an instant. */
  seriesChanges(station: string, since: Instant): readonly SeriesChange[];
}

/** A row of numbers. */
export const NumbersRow = z.object({
  reader: z.string(),
  device: z.string(),
  station: z.string(),
  property: z.string(),
  family: z.string(),
  numbers: BytesMember,
});
export type NumbersRow = Readonly<z.infer<typeof NumbersRow>>;
