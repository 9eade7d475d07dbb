import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '#model/base/fault.ts';

/** Files of `klawing tls`. */
export interface TlsFolder {
  readonly folder: string;
  /** Certificate of the authority, which devices and browsers get. */
  readonly authority: string;
  /** Private key of the authority, which stays here. */
  readonly authorityKey: string;
  readonly server: string;
  readonly serverKey: string;
}

export const tlsFolderAt = (folder: string): TlsFolder => ({
  folder,
  authority: join(folder, 'ca.pem'),
  authorityKey: join(folder, 'ca.key'),
  server: join(folder, 'server.pem'),
  serverKey: join(folder, 'server.key'),
});

/** Others may read certificates, and only the owner the keys. */
const MODES = { certificate: 0o644, key: 0o600 } as const;

/** A new file of a folder. */
export interface NewFile {
  readonly path: string;
  readonly kind: keyof typeof MODES;
  readonly content: string;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Refuses to replace an authority: every device that trusts it would have to be visited again. */
export const refuseExisting = (paths: readonly string[]): void => {
  const existing = paths.find((path) => existsSync(path));
  if (existing === undefined) return;
  const detail = `${existing} exists; "klawing tls renew" keeps the authority and makes a new server certificate, --force replaces both`;
  throw new Fault('REQUEST_INVALID', detail);
};

/**
 * Writes files whole, each under its own mode from its first byte on. The key comes before the certificate, so that a service that
 * reads them again has both.
 * @throws Fault `DATA_UNWRITABLE`
 */
export const writeFiles = (folder: string, files: readonly NewFile[]): void => {
  const draftOf = (path: string): string => `${path}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { path, kind, content } of files) {
      rmSync(draftOf(path), { force: true });
      writeFileSync(draftOf(path), content, { mode: MODES[kind], flag: 'wx', flush: true });
      chmodSync(draftOf(path), MODES[kind]); // the mode of a new file is cut by the umask
    }
    for (const { path } of files) renameSync(draftOf(path), path);
  } catch (cause) {
    for (const { path } of files) rmSync(draftOf(path), { force: true });
    const detail = `${folder}: ${reasonOf(cause)}; name another folder with --out, or let this user write there`;
    throw new Fault('DATA_UNWRITABLE', detail, { cause });
  }
};

/** @throws Fault `NOT_FOUND` with the verb that makes it */
export const readMade = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('NOT_FOUND', `${path}: ${reasonOf(cause)}; make it with "klawing tls init"`, { cause });
  }
};
