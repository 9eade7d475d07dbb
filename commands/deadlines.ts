import type { Clock } from '#model/base/clock.ts';
import type { Command } from '#model/commands/command.ts';

type LimitedTime = Pick<Command, 'id' | 'expiresAt'>;

/** Until when open commands count, on the monotonic clock from when they were seen first: setting the clock ends none. */
export class Deadlines {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #byId = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** Ids of those whose time is over. Others than these open ones are forgotten. */
  over(open: readonly LimitedTime[]): readonly string[] {
    this.#byId = new Map(open.map((command) => [command.id, this.#of(command)]));
    return open.filter((command) => this.isOver(command)).map(({ id }) => id);
  }

  isOver(command: LimitedTime): boolean {
    return this.#clock.monotonic() >= this.#of(command);
  }

  #of({ id, expiresAt }: LimitedTime): number {
    return this.#byId.get(id) ?? this.#clock.monotonic() + expiresAt - this.#clock.now();
  }
}
