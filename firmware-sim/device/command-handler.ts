import type { Clock } from '#model/base/clock.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { type Abilities, type CommandAnswer, createCommandRequests } from './command-requests.ts';

/** Executes the commands that come over a device's connection, and answers them. */
export interface CommandHandler {
  /** The device is connected again: answers that are left go by this connection. */
  onConnected(connection: MqttConnection): void;
  handle(connection: MqttConnection, topic: string, payload: Uint8Array): void;
}

/** A reboot cuts the connection after the answer before it has arrived. */
export const createCommandHandler = (
  abilities: Omit<Abilities, 'reboot'>,
  clock: Pick<Clock, 'now'>,
): CommandHandler => {
  let isRebooting = false;
  const reboot = (): void => {
    isRebooting = true;
  };
  const requests = createCommandRequests({ ...abilities, reboot }, clock);
  const answer = async (connection: MqttConnection, answers: readonly CommandAnswer[]): Promise<void> => {
    await Promise.all(answers.map(({ command, payload }) => connection.reply(command, payload)));
    if (!isRebooting) return;
    isRebooting = false;
    connection.cut();
  };
  return {
    onConnected: (connection) => void answer(connection, requests.afterBoot()),
    handle: (connection, topic, payload) => void answer(connection, requests.handle(topic, payload)),
  };
};
