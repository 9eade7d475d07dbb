import { X509Certificate } from 'node:crypto';
import { type Server, type TLSSocket, type TlsOptions, createSecureContext } from 'node:tls';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import type { ClientCertificate, Revocations } from '#broker/auth/certificate.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import { attemptTls, fingerprintOf, readCertificate, readPem, TLS_FILES_EVERY } from '#process/tls-files.ts';

export type TlsSettings = NonNullable<BrokerSettings['tls']>;

/** Certificate, authority and revocation list, as the files contain them now. */
export interface TlsFiles extends Revocations {
  /** Options for a new server. The oldest version is TLS 1.2. */
  options(): TlsOptions;
  /** Updates this server after each change. */
  serve(server: Server): void;
  /** Reads the files again. Unusable files are logged, and the previous ones stay in use. */
  reload(): void;
  /**
   * The certificate that a client presented in the handshake. Undefined without one.
   * @throws Error with the reason when the certificate is not trusted
   */
  certificateOf(socket: TLSSocket): ClientCertificate | undefined;
  stop(): void;
}

interface Material {
  readonly options: TlsOptions;
  readonly revoked: ReadonlySet<string>;
}

/**
 * Reads the files of TLS, and reads them again after a change: renewed certificates and newer revocation lists apply to all new
 * connections without a restart.
 * @throws Fault `SETTING_INVALID` with the name of the setting, when a file cannot be used at the start
 */
export const startTlsFiles = async (
  settings: TlsSettings,
  deps: { readonly clock: Clock; readonly log: Log; readonly onRevoked: () => void },
): Promise<TlsFiles> => {
  // the parser takes 15 MB and a tenth of a second: a broker without TLS does not load it
  const { certificateOf, readRevoked } = await import('#broker/auth/certificate.ts');
  let material = readMaterial(settings, readRevoked);
  let seen = fingerprintOf(pathsOf(settings));
  const servers: Server[] = [];

  const reload = (): void => {
    try {
      const read = readMaterial(settings, readRevoked);
      for (const server of servers) server.setSecureContext(read.options);
      material = read;
      deps.log.info('TLS files reloaded', { revoked: read.revoked.size });
      deps.onRevoked();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      deps.log.error('new TLS files cannot be used; the previous ones stay in use', {
        code: error.code,
        detail: error.detail,
      });
    }
  };

  const timer = deps.clock.every(TLS_FILES_EVERY, () => {
    const now = fingerprintOf(pathsOf(settings));
    if (now === seen) return;
    seen = now;
    reload();
  });

  return {
    options: () => material.options,
    serve: (server) => void servers.push(server),
    isRevoked: ({ number }: ClientCertificate) => material.revoked.has(number),
    reload,
    certificateOf,
    stop: () => timer.stop(),
  };
};

const pathsOf = ({ cert, key, clientCa, crl }: TlsSettings) => [cert, key, clientCa, crl];

const readMaterial = (settings: TlsSettings, readRevoked: (pem: string) => ReadonlySet<string>): Material => {
  const own = readCertificate(settings);
  if (settings.clientCa === undefined) {
    if (settings.crl === undefined) return { options: own, revoked: new Set() };
    throw new Fault('SETTING_INVALID', 'broker.tls.crl needs broker.tls.clientCa; set both or neither');
  }
  const caName = 'broker.tls.clientCa (KLAWING_TLS_CLIENT_CA)';
  const ca = readPem(settings.clientCa, caName);
  attemptTls(() => new X509Certificate(ca), caName);
  // a client without a certificate may present a secret; the listener closes a connection with a wrong certificate
  const options = { ...own, ca, requestCert: true, rejectUnauthorized: false };
  if (settings.crl === undefined) return { options, revoked: new Set() };
  const crlName = 'broker.tls.crl (KLAWING_TLS_CRL)';
  const crl = readPem(settings.crl, crlName);
  const revoked = attemptTls(() => readRevoked(crl), crlName);
  attemptTls(() => createSecureContext({ ...options, crl }), crlName);
  return { options: { ...options, crl }, revoked };
};
