/** Result of a round. */
export interface Outcome {
  readonly hasPassed: boolean;
  /** In a few words, for the line of the round. */
  readonly found: string;
}

export interface RoundContext {
  /** File for whatever the round has to say; it is shown where the round fails. */
  readonly log: string;
}

/** A proof that takes too long for `npm test`. */
export interface Round {
  readonly name: string;
  readonly summary: string;
  readonly run: (context: RoundContext) => Promise<Outcome>;
}
