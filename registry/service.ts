import { hashSecret, isSameHash, makeSecret, Secret } from '#model/base/secret.ts';
import { Fault } from '#model/base/fault.ts';
import type { Device } from '#model/registry/device.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import { describeChanges } from './audit.ts';
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

/** A secret of a device or a gateway in an answer. */
export interface Issued {
  readonly device: string;
  readonly secret: Secret;
}

/** Changes the registry, one request after the other, and notifies the broker. */
export interface RegistryService {
  readonly deps: RegistryDeps;
  /** Runs one call at a time, so that a change is planned on the present registry. */
  inTurn<T>(call: () => Promise<T>): Promise<T>;
  /** Makes all changes or none, and notifies the broker. Returns the new revision. */
  change(changes: readonly RegistryChange[]): Promise<number>;
  /** Closes the connections of a device or gateway and returns their number. */
  disconnect(name: string): Promise<number>;
  notifyBroker(): Promise<void>;
  /** A generated or chosen secret, and its hash. */
  makeSecret(chosen?: string): { readonly secret: Secret; readonly hash: Uint8Array };
  /** True for one of the present secrets of the device. */
  isSecretOf(device: string, secret: string): boolean;
  /** @throws Fault `NOT_FOUND` */
  device(id: string): Device;
}

export const makeRegistryService = (deps: RegistryDeps): RegistryService => {
  const { operations } = deps;
  const broker = notifyBroker(deps);
  return {
    deps,
    inTurn: makeTurns(),
    change: async (changes) => {
      operations.noteAudit(describeChanges(changes, operations.registry()));
      const { revision } = await operations.changeRegistry(changes);
      await broker.registryChanged();
      return revision;
    },
    disconnect: broker.disconnect,
    notifyBroker: broker.registryChanged,
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

/** An unreachable broker does not prevent a change, because it reads the registry again at its next start. */
const notifyBroker = ({ broker, log }: RegistryDeps) => ({
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

/** Runs one call at a time, so that a change is planned on the present registry. */
const makeTurns = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(call: () => Promise<T>): Promise<T> => {
    const turn = last.then(call, call);
    last = turn;
    return turn;
  };
};
