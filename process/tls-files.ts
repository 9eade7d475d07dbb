import { readFileSync, statSync } from 'node:fs';
import { type Server, type TlsOptions, createSecureContext } from 'node:tls';
import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** Interval of the check for changed files. */
export const TLS_FILES_EVERY = seconds(1);

const isPem = (setting: string): boolean => setting.startsWith('-----BEGIN');

/** Text that changes with each change of a file. A setting is a PEM text, or the path of a PEM file. */
export const fingerprintOf = (settings: readonly (string | undefined)[]): string =>
  settings
    .map((path) => {
      if (path === undefined || isPem(path)) return '';
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? 'away' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    })
    .join('\n');

/** @throws Fault `SETTING_INVALID` that names `what` */
export const attemptTls = <T>(act: () => T, what: string): T => {
  try {
    return act();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `${what}: ${why}`, { cause });
  }
};

/** The PEM text of a setting. */
export const readPem = (setting: string, name: string): string =>
  isPem(setting) ? setting : attemptTls(() => readFileSync(setting, 'utf8'), name);

/** Settings of a server's own certificate. */
export interface CertificateSettings {
  readonly cert: string;
  readonly key: string;
}

/** Certificate and key of a server, which fit together. The oldest version is TLS 1.2. */
export const readCertificate = (settings: CertificateSettings) => {
  const cert = readPem(settings.cert, 'broker.tls.cert (KLAWING_TLS_CERT)');
  const key = readPem(settings.key, 'broker.tls.key (KLAWING_TLS_KEY)');
  const own = { cert, key, minVersion: 'TLSv1.2' } as const;
  attemptTls(() => createSecureContext(own), 'broker.tls: certificate and key do not fit');
  return own;
};

/** The certificate of a server, as its files contain it now. */
export interface ServerCertificate {
  options(): TlsOptions;
  /** Updates this server after each change. */
  serve(server: Server): void;
  stop(): void;
}

/**
 * Reads the certificate, and reads it again after a change. Files that cannot be used are logged, and the previous ones stay in use.
 * @throws Fault `SETTING_INVALID` at the start
 */
export const startServerCertificate = (
  settings: CertificateSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): ServerCertificate => {
  const paths = [settings.cert, settings.key];
  let options = readCertificate(settings);
  let seen = fingerprintOf(paths);
  const servers: Server[] = [];
  const reload = (): void => {
    try {
      options = readCertificate(settings);
      for (const server of servers) server.setSecureContext(options);
      log.info('certificate reloaded', { certificate: settings.cert.slice(0, 200) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.error('new certificate cannot be used; the previous one stays in use', {
        code: error.code,
        detail: error.detail,
      });
    }
  };
  const timer = clock.every(TLS_FILES_EVERY, () => {
    const now = fingerprintOf(paths);
    if (now === seen) return;
    seen = now;
    reload();
  });
  return {
    options: () => options,
    serve: (server) => void servers.push(server),
    stop: () => timer.stop(),
  };
};
