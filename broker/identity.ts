import { randomBytes } from 'node:crypto';
import { type Secret, hashSecret, isSameHash } from '#model/secret.ts';

/** Who stands behind a connection. `anyone` exists with `access: open` alone. */
export type Identity =
  | { readonly role: 'device'; readonly device: string; readonly hash: Uint8Array }
  | { readonly role: 'operator' }
  | { readonly role: 'anyone' };

/** The devices that may connect and the hashes of their secrets. */
export interface Credentials {
  /** The stored hash that this secret has, or undefined. Takes the same time for a device that does not exist. */
  match(device: string, secret: Buffer): Uint8Array | undefined;
  /** Is this hash still one of the device's? */
  holds(device: string, hash: Uint8Array): boolean;
  /**
   * Reads the registry again, now.
   * @throws Fault (retry) when it cannot be read; what was known before goes on to count
   */
  refresh(): void;
  /** Calls back whenever what is known has changed. */
  onChange(call: () => void): void;
}

export type Identify = (user: string | undefined, password: Buffer | undefined) => Identity | undefined;

/** User name of the person who runs the installation. */
const OPERATOR = 'operator';

/** Tells who a user name and a password are: a device with its secret, or the operator with the operator token. */
export const createIdentify = (credentials: Credentials, operatorToken: Secret | undefined): Identify => {
  const key = randomBytes(32);
  const tokenHash = operatorToken === undefined ? undefined : hashSecret(key, operatorToken.reveal());

  return (user, password) => {
    if (user === undefined || password === undefined) return undefined;
    if (user === OPERATOR) {
      const isToken = isSameHash(hashSecret(key, password), tokenHash ?? randomBytes(32));
      return isToken ? { role: 'operator' } : undefined;
    }
    const hash = credentials.match(user, password);
    return hash === undefined ? undefined : { role: 'device', device: user, hash };
  };
};
