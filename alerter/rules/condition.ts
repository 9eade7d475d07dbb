/** Zone of a value between the two levels of a rule. */
export type Zone = 'raised' | 'between' | 'cleared';

export interface Levels {
  readonly raise: number;
  readonly clear: number;
}

/** A test of one value. Between the two levels it changes no state, so that noise does not raise and clear an alert again and again. */
export interface Condition<Name extends string = string> {
  /** Name in `direction` of a rule; also the name of its file. */
  readonly name: Name;
  zone(value: number, levels: Levels): Zone;
  /** The clear level that a hysteresis gives. */
  clearOf(raise: number, hysteresis: number): number;
  /** The mistake in a pair of levels, such as `clear 3 must be below raise 2`; undefined where they are usable. */
  mistakeIn(levels: Levels): string | undefined;
}
