import type { Clock } from '#model/base/clock.ts';
import type { Link } from './mqtt-connection.ts';
import { type Abilities, type CommandAnswer, createOrders } from './command-requests.ts';

/** Lets a device do what it is told over its link, and answer. */
export interface Obedience {
  /** There is a connection again: what is left to be answered goes by it. */
  linkUp(link: Link): void;
  take(link: Link, topic: string, payload: Uint8Array): void;
}

/** A reboot cuts the link, once the answer before it has arrived. */
export const createObedience = (abilities: Omit<Abilities, 'reboot'>, clock: Pick<Clock, 'now'>): Obedience => {
  let isRebooting = false;
  const reboot = (): void => {
    isRebooting = true;
  };
  const orders = createOrders({ ...abilities, reboot }, clock);
  const answer = async (link: Link, answers: readonly CommandAnswer[]): Promise<void> => {
    await Promise.all(answers.map(({ command, payload }) => link.reply(command, payload)));
    if (!isRebooting) return;
    isRebooting = false;
    link.cut();
  };
  return {
    linkUp: (link) => void answer(link, orders.afterBoot()),
    take: (link, topic, payload) => void answer(link, orders.take(topic, payload)),
  };
};
