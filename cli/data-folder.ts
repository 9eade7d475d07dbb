import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Fault } from '#model/fault.ts';
import { Secret, makeSecret } from '#model/secret.ts';

/** Where everything lies below the data folder. */
export interface DataFolder {
  readonly root: string;
  readonly journal: string;
  readonly sessions: string;
  readonly operations: string;
  readonly operatorToken: string;
  readonly secretKey: string;
  readonly demoSecrets: string;
}

/** Names the parts of a data folder. */
export const dataFolderAt = (root: string): DataFolder => ({
  root,
  journal: join(root, 'journal'),
  sessions: join(root, 'sessions'),
  operations: join(root, 'operations.db'),
  operatorToken: join(root, 'operator.token'),
  secretKey: join(root, 'secret.key'),
  demoSecrets: join(root, 'demo-secrets.json'),
});

/** Names the parts of a data folder, and makes the folder itself. */
export const openDataFolder = (root: string): DataFolder => {
  try {
    mkdirSync(root, { recursive: true, mode: 0o750 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `the data folder ${root} cannot be made: ${reason}; set KLAWING_DATA`, {
      cause,
    });
  }
  return dataFolderAt(root);
};

/** Writes a file that only its owner may read, unless it is there; two processes that try at once agree on one. */
const writeOnce = (path: string, content: string): void => {
  if (existsSync(path)) return;
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    unlinkSync(draft);
  }
};

/** The token that whoever changes something needs; the first start writes it. */
export const operatorToken = (folder: DataFolder): Secret => {
  writeOnce(folder.operatorToken, `${makeSecret().reveal()}\n`);
  return new Secret(readFileSync(folder.operatorToken, 'utf8').trim());
};

/** The key under which device secrets are hashed; the first start writes it. Without it no device can connect. */
export const secretKey = (folder: DataFolder): Buffer => {
  writeOnce(folder.secretKey, `${randomBytes(32).toString('hex')}\n`);
  return Buffer.from(readFileSync(folder.secretKey, 'utf8').trim(), 'hex');
};
