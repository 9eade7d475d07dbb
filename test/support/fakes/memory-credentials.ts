import { hashSecret, isSameHash } from '#model/base/secret.ts';
import type { Credentials, Holder } from '#broker/auth/identity.ts';

/** A device or gateway as a test registers it. */
interface Registered {
  readonly holder: Holder;
  readonly hash: Uint8Array;
  /** Of a gateway: external id → device. */
  readonly devices: Readonly<Record<string, string>>;
}

/** Credentials that a test adds and takes away; like the registry's, a change counts once it was read again. */
export interface MemoryCredentials extends Credentials {
  add(id: string, secret: string, holder?: Partial<Holder>, devices?: Readonly<Record<string, string>>): void;
  revoke(id: string): void;
}

export const memoryCredentials = (devices: Readonly<Record<string, string>> = {}): MemoryCredentials => {
  const key = Buffer.alloc(32, 7);
  const written = new Map<string, Registered>();
  const calls: (() => void)[] = [];
  const add: MemoryCredentials['add'] = (id, secret, holder = {}, behind = {}) => {
    const whole = { kind: 'device', isCertificateOnly: false, ...holder } as const;
    written.set(id, { holder: whole, hash: hashSecret(key, secret), devices: behind });
  };
  for (const [device, secret] of Object.entries(devices)) add(device, secret);
  let read = new Map(written);

  return {
    add,
    revoke: (id) => void written.delete(id),
    isThere: () => read.size > 0,
    holder: (id) => read.get(id)?.holder,
    match: (id, secret) => {
      const stored = read.get(id)?.hash;
      return stored !== undefined && isSameHash(stored, hashSecret(key, secret)) ? stored : undefined;
    },
    holds: (id, hash) => {
      const stored = read.get(id)?.hash;
      return stored !== undefined && isSameHash(stored, hash);
    },
    deviceOf: (gateway, externalId) => {
      const behind = read.get(gateway)?.devices ?? {};
      return Object.hasOwn(behind, externalId) ? behind[externalId] : undefined;
    },
    topicsOf: (device) => read.get(device)?.holder?.topics,
    speaksFor: (gateway, device) => Object.values(read.get(gateway)?.devices ?? {}).includes(device),
    refresh: () => {
      read = new Map(written);
      for (const call of calls) call();
    },
    onChange: (call) => void calls.push(call),
  };
};
