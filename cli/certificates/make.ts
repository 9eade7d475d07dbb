import 'reflect-metadata'; // before the library, which needs it
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Instant } from '#model/base/instant.ts';

/** A certificate and its private key, as PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

interface Validity {
  readonly from: Instant;
  readonly to: Instant;
}

cryptoProvider.set(webcrypto);

// oxlint-disable-next-line no-restricted-globals -- the library takes dates
const dateOf = (at: Instant): Date => new Date(at);

/** Elliptic curve keys: small enough for an ESP32, and known to every browser. */
const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;

const PRIVATE_KEY = 'PRIVATE KEY';

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);

const pemOfKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PRIVATE_KEY)}\n`;

const keyOfPem = (pem: string): Promise<webcrypto.CryptoKey> => {
  const [der] = PemConverter.decode(pem);
  if (der === undefined) throw new Error('it holds no private key');
  return webcrypto.subtle.importKey('pkcs8', der, KEY, false, ['sign']);
};

/** A text in a distinguished name, which gives meaning to some characters. */
const inName = (text: string): string => text.replace(/[\\,+"<>;=#\r\n]/g, ' ').trim();

/** An authority that signs certificates of servers, and no other authority. */
export const makeAuthority = async (name: string, { from, to }: Validity): Promise<CertificatePair> => {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${inName(name)}`,
    notBefore: dateOf(from),
    notAfter: dateOf(to),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await pemOfKey(keys.privateKey) };
};

/** A certificate for a server under all of its names and addresses, signed by an authority. */
export const makeServerCertificate = async (
  names: readonly string[],
  authority: CertificatePair,
  { from, to }: Validity,
): Promise<CertificatePair> => {
  const keys = await makeKeys();
  const issuer = new X509Certificate(authority.cert);
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${inName(names[0] ?? 'klawing').slice(0, 64)}`,
    issuer: issuer.subject,
    notBefore: dateOf(from),
    notAfter: dateOf(Math.min(to, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: await keyOfPem(authority.key),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(alternatives),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await pemOfKey(keys.privateKey) };
};
