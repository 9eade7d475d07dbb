/**
 * Patch: a client id that another connection takes over.
 *
 * Upstream: Aedes removes the old client only when its connection has closed. A third client that connects meanwhile coexists with
 * the second one, or is removed together with the first. A client that was refused removes the holder of the id that it named. And
 * Aedes ends the persistent session before the old client is closed, which may start it again.
 * Clause: [MQTT-3.1.4-2] for the client id, [MQTT-3.1.2-6] for the clean session.
 * Seen on: Aedes 1.2.0.
 */
import type { Aedes, Client } from 'aedes';
import { hasMembers, hasMethods, missing } from './internals.ts';

interface Register {
  readonly clients: Readonly<Record<string, Client | undefined>>;
  connectedClients: number;
  registerClient(client: Client): void;
  unregisterClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  readonly persistence: { cleanIncoming(client: Client): Promise<unknown> };
}

const isRegister = (aedes: unknown): aedes is Register =>
  hasMethods(aedes, ['registerClient', 'unregisterClient', '_finishRegisterClient']) &&
  hasMembers(aedes, ['clients', 'persistence'], 'object');

/**
 * Registers a client at once. The CONNACK for a clean session waits until the persistent session has ended.
 * @param endSession ends the persistent session of a client id; resolves when the end is on disk
 * @param onTakenOver called with the client that loses its id and the one that takes it
 * @returns tells whether another connection has taken over the client id of a client
 */
export const patchTakeOver = (
  aedes: Aedes,
  endSession: (clientId: string) => Promise<void>,
  onTakenOver: (before: Client, by: Client) => void,
): ((client: Client) => boolean) => {
  if (!isRegister(aedes)) throw missing('registerClient', 'take-over');
  const register: Register = aedes;
  const { clients, persistence } = register;
  const unregister = register.unregisterClient.bind(aedes);
  const wipe = persistence.cleanIncoming.bind(persistence);
  /** Clients that were registered. Another client may name an id and be refused, or disconnect before its registration. */
  const registered = new WeakSet<Client>();
  const takenOver = new WeakSet<Client>();

  register.registerClient = (client) => {
    // it disconnected during its authentication, and would never be removed
    if (client.closed) return;
    registered.add(client);
    const before = clients[client.id];
    if (before?.clean === true) void wipe(before);
    register._finishRegisterClient(client);
    if (before === undefined) return;
    takenOver.add(before);
    onTakenOver(before, client);
    before.close();
  };
  register.unregisterClient = (client) => {
    if (!registered.has(client)) return;
    if (clients[client.id] === client) {
      unregister(client);
      return;
    }
    register.connectedClients -= 1;
    aedes.emit('clientDisconnect', client);
  };
  // called for a client with a clean session after its registration, and again after its disconnection
  persistence.cleanIncoming = async (client) => {
    const holder = clients[client.id];
    if (client.closed) {
      if (registered.has(client) && (holder === undefined || holder === client)) await wipe(client);
      return;
    }
    await wipe(client);
    await endSession(client.id);
  };
  return (client) => takenOver.has(client);
};
