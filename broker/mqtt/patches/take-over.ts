import type { Aedes, Client } from 'aedes';

interface Register {
  readonly clients: Readonly<Record<string, Client | undefined>>;
  connectedClients: number;
  registerClient(client: Client): void;
  unregisterClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  readonly persistence: { cleanIncoming(client: Client): Promise<unknown> };
}

const isRegister = (aedes: unknown): aedes is Register =>
  typeof aedes === 'object' &&
  aedes !== null &&
  ['registerClient', 'unregisterClient', '_finishRegisterClient'].every(
    (name) => typeof Reflect.get(aedes, name) === 'function',
  ) &&
  ['clients', 'persistence'].every((name) => typeof Reflect.get(aedes, name) === 'object');

/**
 * Who holds a client id [MQTT-3.1.4-2], and what a clean session ends [MQTT-3.1.2-6]. In Aedes the one before gives its
 * place up when its connection has closed; whoever comes meanwhile stands beside its successor, or is struck off with
 * it. And it ends the kept session before the one before is closed, which may begin it anew. So a client has its place
 * at once, and its CONNACK comes when the kept session of a clean one is ended.
 * @param endSession ends what is kept under a client id; resolves when that is on disk
 */
export const patchTakeOver = (aedes: Aedes, endSession: (clientId: string) => Promise<void>): void => {
  if (!isRegister(aedes))
    throw new Error('this version of Aedes registers otherwise; see broker/mqtt/patches/take-over.ts');
  const register: Register = aedes;
  const { clients, persistence } = register;
  const unregister = register.unregisterClient.bind(aedes);
  const wipe = persistence.cleanIncoming.bind(persistence);
  /** Others have named an id and were refused, or left before they had it: it is not theirs to give up. */
  const placed = new WeakSet<Client>();

  register.registerClient = (client) => {
    // it left while its CONNECT was judged, and would never be struck off
    if (client.closed) return;
    placed.add(client);
    const before = clients[client.id];
    if (before?.clean === true) void wipe(before);
    register._finishRegisterClient(client);
    before?.close();
  };
  register.unregisterClient = (client) => {
    if (!placed.has(client)) return;
    if (clients[client.id] === client) {
      unregister(client);
      return;
    }
    register.connectedClients -= 1;
    aedes.emit('clientDisconnect', client);
  };
  // called for a clean client when it has its place, and again when it leaves
  persistence.cleanIncoming = async (client) => {
    const holder = clients[client.id];
    if (client.closed) {
      if (placed.has(client) && (holder === undefined || holder === client)) await wipe(client);
      return;
    }
    await wipe(client);
    await endSession(client.id);
  };
};
