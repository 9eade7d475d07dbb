/** A place with a position and one or more devices. */
export interface Station {
  /** `[A-Za-z0-9][A-Za-z0-9_-]{0,62}` */
  readonly id: string;
  /** Name of a family in `model/families`. */
  readonly family: string;
  readonly name: string;
  /** WGS 84 degrees. */
  readonly lat: number;
  readonly lon: number;
  /** What else is known: thresholds (`warning`, in the property's unit), heights (`h_ref`, m), free text. */
  readonly attributes: Readonly<Record<string, number | string>>;
}
