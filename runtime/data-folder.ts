import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Fault } from '#model/base/fault.ts';
import { dataOlder } from '#model/base/older-data.ts';
import { Secret, makeSecret } from '#model/base/secret.ts';

/** Paths of the parts of a data folder. */
export interface DataFolder {
  readonly root: string;
  readonly journal: string;
  readonly sessions: string;
  readonly operations: string;
  readonly operatorToken: string;
  readonly secretKey: string;
  readonly demoSecrets: string;
  /** Address of the running API (`cli/api-file.ts`). */
  readonly api: string;
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
  api: join(root, 'api.json'),
});

/**
 * Layout of a data folder. It is raised by every change that an older program must not touch; journal, operations database
 * and store have versions of their own beside it. 1 was the layout before the first release.
 */
const FORMAT = 2;
const UNRELEASED = 1;
const FORMAT_FILE = 'format';

/** The layout of a data folder. The first ones had no file that names it. */
const formatOf = (root: string): number => {
  const path = join(root, FORMAT_FILE);
  if (existsSync(path)) return Number(readFileSync(path, 'utf8'));
  const { operations, journal } = dataFolderAt(root);
  return existsSync(operations) || existsSync(journal) ? UNRELEASED : FORMAT;
};

/**
 * Refuses a data folder with a layout that this program does not read.
 * @throws Fault `DATA_NEWER`, `DATA_OLDER`
 */
export const checkFormat = (root: string): void => {
  const format = formatOf(root);
  if (format === FORMAT) return;
  if (format <= UNRELEASED) throw dataOlder(`${root} has format ${format}`, `${FORMAT}`);
  throw new Fault(
    'DATA_NEWER',
    `${root} has format ${format}, this program knows ${FORMAT}; start the newer version again or restore a backup`,
  );
};

/**
 * Names the parts of a data folder, and makes the folder itself.
 * @throws Fault `SETTING_INVALID` when it cannot be made, `DATA_UNWRITABLE` when nothing can be written in it, `DATA_NEWER`
 * or `DATA_OLDER` when a program has laid it out that is newer, or older than the first release
 */
export const openDataFolder = (root: string): DataFolder => {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `the data folder ${root} cannot be created: ${reason}; set KLAWING_DATA`, {
      cause,
    });
  }
  checkFormat(root);
  writeOnce(join(root, FORMAT_FILE), `${FORMAT}\n`);
  return dataFolderAt(root);
};

/** Writes a file that only its owner may read, unless it exists. Of two processes that try at once one wins. */
const writeOnce = (path: string, content: string): void => {
  if (existsSync(path)) return;
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (cause) {
    if (!existsSync(path)) throw unwritable(path, cause);
  } finally {
    rmSync(draft, { force: true });
  }
};

const unwritable = (path: string, cause: unknown): Fault => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = 'free some of its disk, or let the user that Klawing runs as write there; then start again';
  return new Fault('DATA_UNWRITABLE', `${path}: ${reason}; ${advice}`, { cause });
};

/** The operator token, which every change needs; the first start writes it. */
export const operatorToken = (folder: DataFolder): Secret => {
  writeOnce(folder.operatorToken, `${makeSecret().reveal()}\n`);
  return new Secret(readFileSync(folder.operatorToken, 'utf8').trim());
};

/** The key for the hashes of device secrets; the first start writes it. Without it no device can connect. */
export const secretKey = (folder: DataFolder): Buffer => {
  writeOnce(folder.secretKey, `${randomBytes(32).toString('hex')}\n`);
  return Buffer.from(readFileSync(folder.secretKey, 'utf8').trim(), 'hex');
};
