import type { TLSSocket } from 'node:tls';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate, CertificateList, type Name } from '@peculiar/asn1-x509';

/** A client certificate that a trusted authority issued and that was valid during the handshake. */
export interface ClientCertificate {
  /** Name of the subject: the CN or, without a CN, the first DNS name. */
  readonly holder: string;
  /** Identifier of the certificate: the encoded name of the issuer and the serial number, in hexadecimal. */
  readonly number: string;
}

/** Certificates that an authority has revoked. */
export interface Revocations {
  isRevoked(certificate: ClientCertificate): boolean;
}

const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');

const numberOf = (issuer: Name, serial: ArrayBuffer): string => `${hex(AsnConvert.serialize(issuer))}/${hex(serial)}`;

/** The number of a certificate (RFC 5280 section 4.1). */
const numberOfCertificate = (der: Uint8Array): string => {
  const { issuer, serialNumber } = AsnConvert.parse(der, Certificate).tbsCertificate;
  return numberOf(issuer, serialNumber);
};

/** The numbers of the certificates on a revocation list (RFC 5280 section 5.1). */
const numbersOnList = (der: Uint8Array): readonly string[] => {
  const { issuer, revokedCertificates = [] } = AsnConvert.parse(der, CertificateList).tbsCertList;
  return revokedCertificates.map(({ userCertificate }) => numberOf(issuer, userCertificate));
};

const PEM_LIST = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;

/**
 * Numbers of all certificates on the revocation lists of a PEM text.
 * @throws Error when the text contains no list or an unreadable list
 */
export const readRevoked = (pem: string): ReadonlySet<string> => {
  const lists = [...pem.matchAll(PEM_LIST)].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
  if (lists.length === 0) throw new Error('it holds no "-----BEGIN X509 CRL-----"');
  return new Set(lists.flatMap(numbersOnList));
};

const DNS_NAME = /(?:^|, )DNS:([^,"\s]+)/;

/**
 * The certificate that a client presented in the TLS handshake. Undefined without one.
 * @throws Error with the reason when the certificate is not trusted
 */
export const certificateOf = (socket: TLSSocket): ClientCertificate | undefined => {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return undefined;
  if (!socket.authorized) throw new Error(String(socket.authorizationError));
  const name = socket.getPeerCertificate().subject.CN;
  const holder = name ?? DNS_NAME.exec(shown.subjectAltName ?? '')?.[1];
  if (typeof holder !== 'string') throw new Error('it names no one: it has one CN, or a DNS name and no CN');
  return { holder, number: numberOfCertificate(shown.raw) };
};
