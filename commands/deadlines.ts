import type { Clock } from '#model/base/clock.ts';
import type { Command } from '#model/commands/command.ts';

type LimitedTime = Pick<Command, 'id' | 'expiresAt'>;

/** Deadlines of open commands on the monotonic clock, from their first sight: a change of the system clock ends none. */
export class Deadlines {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #byId = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** Ids of the commands that have expired. Deadlines of commands that are not open any more are dropped. */
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
