import type { Clock } from '#model/base/clock.ts';
import { type ReadCommand, readCommand } from '#model/commands/command.ts';
import { readInterval } from '#model/commands/device-config.ts';
import type { Duration } from '#model/base/duration.ts';
import { parseTopic } from '#model/readings/topic.ts';

/** Actions that commands and configs can trigger. */
export interface Abilities {
  /** Reads its sensors this often from now on. */
  pace(every: Duration): void;
  /** Reads its sensors now. */
  report(): void;
  /** Is off for a moment; its memory of readings stays. */
  reboot(): void;
}

/** An answer to a command, to be sent when there is a connection. */
export interface CommandAnswer {
  readonly command: string;
  readonly payload: string;
}

export interface CommandRequests {
  /** Takes a message from the broker, and gives what is to be answered now. */
  handle(topic: string, payload: Uint8Array): readonly CommandAnswer[];
  /** The answers that are left after a reboot. */
  afterBoot(): readonly CommandAnswer[];
}

/** Number of commands that are remembered, so that a repeated one is executed once. */
const REMEMBERED = 64;

const DONE = { ok: true };
const answer = (command: string, body: object): CommandAnswer => ({ command, payload: JSON.stringify(body) });

/**
 * Obeys as firmware should: a command that comes twice is done once and answered again, one whose time is over is
 * refused, and a reboot is answered twice, as received before and as done after it.
 */
export const createCommandRequests = (abilities: Abilities, clock: Pick<Clock, 'now'>): CommandRequests => {
  const answered = new Map<string, object>();
  let rebooting: string | undefined;

  const remember = (id: string, body: object): void => {
    answered.set(id, body);
    const [oldest] = answered.keys();
    if (answered.size > REMEMBERED && oldest !== undefined) answered.delete(oldest);
  };

  const execute = ({ id, name, expiresAt }: ReadCommand): object => {
    if (clock.now() >= expiresAt) return { ok: false, error: 'it came too late' };
    if (name === 'report') {
      abilities.report();
      return DONE;
    }
    if (name !== 'reboot') return { ok: false, error: `this firmware does not know "${name}"` };
    rebooting = id;
    abilities.reboot();
    return { state: 'received' };
  };

  return {
    handle: (topic, payload) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind === 'config') {
        const every = readInterval(payload);
        if (every !== undefined) abilities.pace(every);
        return [];
      }
      const command = parsed?.kind === 'command' ? readCommand(payload) : undefined;
      if (command === undefined) return [];
      const body = answered.get(command.id) ?? execute(command);
      remember(command.id, body);
      return [answer(command.id, body)];
    },
    afterBoot: () => {
      if (rebooting === undefined) return [];
      const id = rebooting;
      rebooting = undefined;
      remember(id, DONE);
      return [answer(id, DONE)];
    },
  };
};
