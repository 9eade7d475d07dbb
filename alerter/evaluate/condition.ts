/** On which side of its two levels a value stands. */
export type Zone = 'raised' | 'between' | 'cleared';

export interface Levels {
  readonly raise: number;
  readonly clear: number;
}

/** A test of one value. Between its levels it says nothing: that is what keeps an alert from fluttering. */
export interface Condition {
  readonly name: 'above' | 'below';
  side(value: number, levels: Levels): Zone;
  /** False where the levels stand on the wrong sides of each other, or on one another. */
  isSound(levels: Levels): boolean;
  /** The level so far back from `raise`. */
  clearOf(raise: number, hysteresis: number): number;
}
