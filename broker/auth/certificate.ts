import type { TLSSocket } from 'node:tls';

/** A client certificate that led to a trusted authority and was valid when it was shown. */
export interface ClientCertificate {
  /** The name that it was issued to: CN, or where there is none the first DNS name. */
  readonly holder: string;
  /** Tells it from every other: the issuer's name as it is encoded, and the serial number, in hexadecimal. */
  readonly number: string;
}

/** Certificates that their authorities have taken back. */
export interface Revocations {
  isRevoked(certificate: ClientCertificate): boolean;
}

/** One element of DER (ITU-T X.690): its tag, its content and all of its bytes. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly bytes: Buffer;
}

const [INTEGER, SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION] = [0x02, 0x30, 0x17, 0x18, 0xa0];

/** The elements that stand side by side in these bytes. */
const elementsOf = (bytes: Buffer): readonly Element[] => {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes.readUInt8(at + 1);
    if (first === 0x80) throw new RangeError('an element of no definite length');
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + lengthBytes;
    const end = start + (lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes));
    if (end > bytes.length) throw new RangeError('an element is longer than what holds it');
    found.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, end), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return found;
};

/** The signed part of a certificate or of a revocation list: the first element of the outermost sequence. */
const signedPart = (der: Buffer): readonly Element[] => {
  const [outer] = elementsOf(der);
  const [signed] = elementsOf(outer?.content ?? der);
  return elementsOf(signed?.content ?? der);
};

const numberOf = (issuer: Element | undefined, serial: Element | undefined): string =>
  `${issuer?.bytes.toString('hex')}/${serial?.content.toString('hex')}`;

/** RFC 5280 section 4.1: version (explicitly tagged), serial number, algorithm, issuer. */
const numberOfCertificate = (der: Buffer): string => {
  const [serial, , issuer] = signedPart(der).filter(({ tag }) => tag !== VERSION);
  return numberOf(issuer, serial);
};

/**
 * The numbers of the certificates on a revocation list (RFC 5280 section 5.1): after the issuer and one or two times
 * comes a sequence of entries, each beginning with a serial number.
 */
const numbersOnList = (der: Buffer): readonly string[] => {
  const parts = signedPart(der).filter(({ tag }) => tag !== INTEGER);
  const issuer = parts[1];
  const rest = parts.slice(2).filter(({ tag }) => tag !== UTC_TIME && tag !== GENERALIZED_TIME);
  const entries = rest[0]?.tag === SEQUENCE ? elementsOf(rest[0].content) : [];
  return entries.map(({ content }) => numberOf(issuer, elementsOf(content)[0]));
};

const PEM_LIST = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;

/**
 * Numbers of all certificates on the lists in a PEM text.
 * @throws Error when the text holds no list or one cannot be read
 */
export const readRevoked = (pem: string): ReadonlySet<string> => {
  const lists = [...pem.matchAll(PEM_LIST)].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
  if (lists.length === 0) throw new Error('it holds no "-----BEGIN X509 CRL-----"');
  return new Set(lists.flatMap(numbersOnList));
};

const DNS_NAME = /(?:^|, )DNS:([^,"\s]+)/;

/**
 * What a socket has shown. Undefined without a certificate.
 * @throws Error for one that is not to be trusted, with the reason
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
