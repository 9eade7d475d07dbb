import { randomBytes } from 'node:crypto';
import type { GatewayKind } from '#model/registry/gateway.ts';
import type { OwnTopics } from '#model/registry/device.ts';
import { type Secret, hashSecret, isSameHash } from '#model/base/secret.ts';
import type { ClientCertificate, Revocations } from './certificate.ts';

/** Proof of an identity. */
export type Proof = { readonly hash: Uint8Array } | { readonly certificate: ClientCertificate };

/** Identity of a client. `anyone` exists with `access: open` only. */
export type ClientIdentity =
  | { readonly role: 'device'; readonly device: string; readonly proof: Proof }
  | { readonly role: 'gateway'; readonly gateway: string; readonly kind: GatewayKind; readonly proof: Proof }
  | { readonly role: 'operator' }
  | { readonly role: 'anyone' };

/** A registered device or gateway that is not revoked. */
export interface Holder {
  readonly kind: 'device' | GatewayKind;
  /** True when a secret is not sufficient. */
  readonly isCertificateOnly: boolean;
  /** Topics of its profile. */
  readonly topics?: OwnTopics | undefined;
}

/** Devices of gateways. */
export interface Directory {
  /** The device with this external id, or undefined. */
  deviceOf(gateway: string, externalId: string): string | undefined;
  /** True when the device is assigned to the gateway. */
  speaksFor(gateway: string, device: string): boolean;
  /** Topics of the profile of a device. */
  topicsOf(device: string): OwnTopics | undefined;
}

/** Devices and gateways, and the hashes of their secrets. */
export interface Credentials extends Directory {
  /** True when the registry exists. Without it, unknown names are not revoked names. */
  isThere(): boolean;
  holder(id: string): Holder | undefined;
  /** The stored hash of this secret, or undefined. It takes the same time for an unknown name. */
  match(id: string, secret: Buffer): Uint8Array | undefined;
  /** True while this hash belongs to the name. */
  holds(id: string, hash: Uint8Array): boolean;
  /**
   * Reads the registry again.
   * @throws Fault (retry) when it cannot be read; the previous data stays in use
   */
  refresh(): void;
  /** Calls back after each change. */
  onChange(call: () => void): void;
}

/** The credentials of a CONNECT and its connection. */
export interface ConnectClaim {
  readonly user: string | undefined;
  readonly password: Buffer | undefined;
  /** Verified with the authority of client certificates. */
  readonly certificate: ClientCertificate | undefined;
}

export type Identify = (claimed: ConnectClaim) => ClientIdentity | undefined;

/** User name of the operator of the installation. */
const OPERATOR = 'operator';

/**
 * Identifies a client. A verified certificate decides alone: a password is not needed, and another user name is refused. Without a
 * certificate, user name and secret decide: a device, a gateway, or the operator with the operator token.
 */
export const createIdentify = (credentials: Credentials, operatorToken: Secret | undefined): Identify => {
  const key = randomBytes(32);
  const tokenHash = operatorToken === undefined ? undefined : hashSecret(key, operatorToken.reveal());

  const identifyOperator = (password: Buffer): ClientIdentity | undefined => {
    const isToken = isSameHash(hashSecret(key, password), tokenHash ?? randomBytes(32));
    return isToken ? { role: 'operator' } : undefined;
  };
  return ({ user, password, certificate }) => {
    if (certificate !== undefined) return identifyByCertificate(credentials, user, certificate);
    if (user === undefined || password === undefined) return undefined;
    return user === OPERATOR ? identifyOperator(password) : identifyBySecret(credentials, user, password);
  };
};

const identifyByCertificate = (
  credentials: Credentials,
  user: string | undefined,
  certificate: ClientCertificate,
): ClientIdentity | undefined => {
  if (user !== undefined && user !== '' && user !== certificate.holder) return undefined;
  return identityOf(certificate.holder, credentials.holder(certificate.holder), { certificate });
};

const identifyBySecret = (credentials: Credentials, user: string, password: Buffer): ClientIdentity | undefined => {
  const hash = credentials.match(user, password);
  const holder = credentials.holder(user);
  if (hash === undefined || holder?.isCertificateOnly !== false) return undefined;
  return identityOf(user, holder, { hash });
};

const identityOf = (id: string, holder: Holder | undefined, proof: Proof): ClientIdentity | undefined => {
  if (holder === undefined) return undefined;
  if (holder.kind === 'device') return { role: 'device', device: id, proof };
  return { role: 'gateway', gateway: id, kind: holder.kind, proof };
};

/** The registered name of an identity. Undefined for the operator and `anyone`. */
export const nameOf = (identity: ClientIdentity): string | undefined => {
  if (identity.role === 'device') return identity.device;
  return identity.role === 'gateway' ? identity.gateway : undefined;
};

/** Owner of connections and persistent sessions, for the limits per owner. Empty for `anyone`. */
export const ownerName = (identity: ClientIdentity | undefined): string =>
  identity === undefined || identity.role === 'anyone' ? '' : `${identity.role} ${nameOf(identity) ?? ''}`.trimEnd();

/** False after the name, the secret or the certificate was revoked. */
export const isValidIdentity = (
  identity: ClientIdentity,
  credentials: Credentials,
  revocations: Revocations,
): boolean => {
  const name = nameOf(identity);
  if (name === undefined || (identity.role !== 'device' && identity.role !== 'gateway')) return true;
  const holder = credentials.holder(name);
  if (holder === undefined) return false;
  const { proof } = identity;
  if ('certificate' in proof) return !revocations.isRevoked(proof.certificate);
  return !holder.isCertificateOnly && credentials.holds(name, proof.hash);
};
