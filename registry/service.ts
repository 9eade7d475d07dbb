import { hashSecret, isSameHash, makeSecret, Secret } from '#model/base/secret.ts';
import { Fault } from '#model/base/fault.ts';
import type { Device } from '#model/registry/device.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import type { BrokerClient } from '#broker/client/broker-client.ts';
import type { Operations } from '#storage/operations/operations.ts';

export interface RegistryDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Operations;
  readonly broker: Pick<BrokerClient, 'registryChanged' | 'disconnect'>;
  /** Key under which the secrets of devices and gateways are hashed. */
  readonly secretKey: Buffer;
}

/** A secret of a device or a gateway, on its way to the one who asked. */
export interface Issued {
  readonly device: string;
  readonly secret: Secret;
}

/** Changes the registry, one request after the other, and notifies the broker. */
export interface RegistryService {
  readonly deps: RegistryDeps;
  /** Lets one call in at a time: a change is planned on the registry as it is then. */
  inTurn<T>(call: () => Promise<T>): Promise<T>;
  /** Makes the changes, all or none, and tells the broker; gives the new revision. */
  change(changes: readonly RegistryChange[]): Promise<number>;
  /** Cuts the connections of a device or gateway and says how many there were. */
  disconnect(name: string): Promise<number>;
  tellBroker(): Promise<void>;
  /** A secret, made or chosen, and its hash. */
  makeSecret(chosen?: string): { readonly secret: Secret; readonly hash: Uint8Array };
  /** True for one of the present secrets of the device. */
  isSecretOf(device: string, secret: string): boolean;
  /** @throws Fault `NOT_FOUND` */
  device(id: string): Device;
}

export const makeRegistryService = (deps: RegistryDeps): RegistryService => {
  const { operations } = deps;
  const broker = tellBroker(deps);
  return {
    deps,
    inTurn: makeTurns(),
    change: async (changes) => {
      const { revision } = await operations.changeRegistry(changes);
      await broker.registryChanged();
      return revision;
    },
    disconnect: broker.disconnect,
    tellBroker: broker.registryChanged,
    makeSecret: (chosen) => {
      const secret = chosen === undefined ? makeSecret() : new Secret(chosen);
      return { secret, hash: hashSecret(deps.secretKey, secret.reveal()) };
    },
    isSecretOf: (device, secret) => {
      const given = hashSecret(deps.secretKey, secret);
      return operations.secretHashes(device, deps.clock.now()).some((hash) => isSameHash(hash, given));
    },
    device: (id) => {
      const device = operations.registry().devices.get(id);
      if (device !== undefined) return device;
      throw new Fault(
        'NOT_FOUND',
        `no device is registered as "${id}"; "klawing device list" or GET /v1/devices lists them`,
      );
    },
  };
};

/** The broker reads the registry again by itself when it comes back, so that its absence stops no change. */
const tellBroker = ({ broker, log }: RegistryDeps) => ({
  registryChanged: async (): Promise<void> => {
    await broker.registryChanged().catch(outageOnly(log, 'could not notify the broker of a registry change'));
  },
  disconnect: async (device: string): Promise<number> =>
    (await broker.disconnect(device).catch(outageOnly(log, 'could not ask the broker to disconnect a device'))) ?? 0,
});

const outageOnly =
  (log: Log, event: string) =>
  (error: unknown): undefined => {
    if (!(error instanceof Fault)) throw error;
    log.warn(event, { code: error.code, detail: error.detail });
    return undefined;
  };

/** Lets one call in at a time: a change is planned on the registry as it is then. */
const makeTurns = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(call: () => Promise<T>): Promise<T> => {
    const turn = last.then(call, call);
    last = turn;
    return turn;
  };
};
