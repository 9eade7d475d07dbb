import { hashSecret, isSameHash } from '#model/secret.ts';
import type { Credentials } from '#broker/identity.ts';

/** Credentials that a test adds and takes away; like the registry's, a change counts once it was read again. */
export interface MemoryCredentials extends Credentials {
  add(device: string, secret: string): void;
  revoke(device: string): void;
}

export const memoryCredentials = (devices: Readonly<Record<string, string>> = {}): MemoryCredentials => {
  const key = Buffer.alloc(32, 7);
  const written = new Map<string, Uint8Array>();
  let read = new Map<string, Uint8Array>();
  const calls: (() => void)[] = [];
  const add = (device: string, secret: string): void => void written.set(device, hashSecret(key, secret));
  for (const [device, secret] of Object.entries(devices)) add(device, secret);
  read = new Map(written);

  return {
    add,
    revoke: (device) => void written.delete(device),
    match: (device, secret) => {
      const stored = read.get(device);
      return stored !== undefined && isSameHash(stored, hashSecret(key, secret)) ? stored : undefined;
    },
    holds: (device, hash) => {
      const stored = read.get(device);
      return stored !== undefined && isSameHash(stored, hash);
    },
    refresh: () => {
      read = new Map(written);
      for (const call of calls) call();
    },
    onChange: (call) => void calls.push(call),
  };
};
