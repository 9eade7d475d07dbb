import { randomBytes } from 'node:crypto';
import type { GatewayKind } from '#model/registry/gateway.ts';
import { type Secret, hashSecret, isSameHash } from '#model/base/secret.ts';
import type { ClientCertificate, Revocations } from './certificate.ts';

/** What someone has shown to be who they are. */
export type Proof = { readonly hash: Uint8Array } | { readonly certificate: ClientCertificate };

/** Who stands behind a connection. `anyone` exists with `access: open` alone. */
export type ClientIdentity =
  | { readonly role: 'device'; readonly device: string; readonly proof: Proof }
  | { readonly role: 'gateway'; readonly gateway: string; readonly kind: GatewayKind; readonly proof: Proof }
  | { readonly role: 'operator' }
  | { readonly role: 'anyone' };

/** A registered name that was not revoked: a device, or a gateway of a kind. */
export interface Holder {
  readonly kind: 'device' | GatewayKind;
  /** Its secret is not enough. */
  readonly isCertificateOnly: boolean;
}

/** For whom a gateway may speak. */
export interface Directory {
  /** The device of a gateway that has this external id, or undefined. */
  deviceOf(gateway: string, externalId: string): string | undefined;
  /** Is this device one of the gateway's? */
  speaksFor(gateway: string, device: string): boolean;
}

/** Who may connect, and the hashes of their secrets. */
export interface Credentials extends Directory {
  /** Is there a registry? Without one nobody is known, which does not say that anybody was revoked. */
  isThere(): boolean;
  holder(id: string): Holder | undefined;
  /** The stored hash that this secret has, or undefined. Takes the same time for a name that does not exist. */
  match(id: string, secret: Buffer): Uint8Array | undefined;
  /** Is this hash still one of the name's? */
  holds(id: string, hash: Uint8Array): boolean;
  /**
   * Reads the registry again, now.
   * @throws Fault (retry) when it cannot be read; what was known before goes on to count
   */
  refresh(): void;
  /** Calls back whenever what is known has changed. */
  onChange(call: () => void): void;
}

/** What a CONNECT and its connection say about who it is. */
export interface Claimed {
  readonly user: string | undefined;
  readonly password: Buffer | undefined;
  /** Verified against the authority of the clients. */
  readonly certificate: ClientCertificate | undefined;
}

export type Identify = (claimed: Claimed) => ClientIdentity | undefined;

/** User name of the person who runs the installation. */
const OPERATOR = 'operator';

/**
 * Tells who someone is. A verified certificate decides alone: it needs no password, and another user name beside it is
 * refused. Without one it is a user name and a secret: a device, a gateway, or the operator with the operator token.
 */
export const createIdentify = (credentials: Credentials, operatorToken: Secret | undefined): Identify => {
  const key = randomBytes(32);
  const tokenHash = operatorToken === undefined ? undefined : hashSecret(key, operatorToken.reveal());

  return ({ user, password, certificate }) => {
    if (certificate !== undefined) {
      if (user !== undefined && user !== '' && user !== certificate.holder) return undefined;
      return identityOf(certificate.holder, credentials.holder(certificate.holder), { certificate });
    }
    if (user === undefined || password === undefined) return undefined;
    if (user === OPERATOR) {
      const isToken = isSameHash(hashSecret(key, password), tokenHash ?? randomBytes(32));
      return isToken ? { role: 'operator' } : undefined;
    }
    const hash = credentials.match(user, password);
    const holder = credentials.holder(user);
    if (hash === undefined || holder?.isCertificateOnly !== false) return undefined;
    return identityOf(user, holder, { hash });
  };
};

const identityOf = (id: string, holder: Holder | undefined, proof: Proof): ClientIdentity | undefined => {
  if (holder === undefined) return undefined;
  if (holder.kind === 'device') return { role: 'device', device: id, proof };
  return { role: 'gateway', gateway: id, kind: holder.kind, proof };
};

/** The name that an identity is registered under; undefined for those who are in no registry. */
export const nameOf = (identity: ClientIdentity): string | undefined => {
  if (identity.role === 'device') return identity.device;
  return identity.role === 'gateway' ? identity.gateway : undefined;
};

/** Who connections and kept sessions are counted under; empty where nobody is told apart. */
export const ownerName = (identity: ClientIdentity | undefined): string =>
  identity === undefined || identity.role === 'anyone' ? '' : `${identity.role} ${nameOf(identity) ?? ''}`.trimEnd();

/** Does what someone has shown still count? False once the name, the secret or the certificate was revoked. */
export const isStanding = (identity: ClientIdentity, credentials: Credentials, revocations: Revocations): boolean => {
  const name = nameOf(identity);
  if (name === undefined || (identity.role !== 'device' && identity.role !== 'gateway')) return true;
  const holder = credentials.holder(name);
  if (holder === undefined) return false;
  const { proof } = identity;
  if ('certificate' in proof) return !revocations.isRevoked(proof.certificate);
  return !holder.isCertificateOnly && credentials.holds(name, proof.hash);
};
