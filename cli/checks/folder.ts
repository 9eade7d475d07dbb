import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DoctorCheck, failed, type CheckFinding, type CheckContext, ok, warning } from './check.ts';

const GROUP_AND_OTHERS = 0o077;

const mayUse = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Permission bits of a path for others than its owner; 0 when it does not exist. */
const openTo = (path: string): number => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & GROUP_AND_OTHERS;
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

const checkSecret = (path: string): CheckFinding => {
  const check = `secrets: ${basename(path)}`;
  return openTo(path) === 0
    ? ok(check, 'only its owner may read it')
    : failed(check, `mode ${modeOf(path)}: others may read it`, `chmod 600 ${path}, and change it if others did`);
};

/** Files with registry, hashes of secrets and readings. */
const checkContent = ({ root, journal, operations, sessions }: CheckContext['folder']): readonly CheckFinding[] => {
  const readings = join(root, 'readings.duckdb');
  const paths = [operations, `${operations}-wal`, readings, `${readings}.wal`, journal, sessions];
  const open = paths.filter((path) => openTo(path) !== 0);
  if (open.length === 0) return [];
  const names = open.map((path) => `${basename(path)} (mode ${modeOf(path)})`).join(', ');
  return [
    warning('data files', `others may read ${names}: hashes of secrets, and all that was sent`, `chmod -R go= ${root}`),
  ];
};

const checkRoot = ({ root, journal, operations }: CheckContext['folder']): CheckFinding => {
  const [unusable] = [root, journal, operations].filter((path) => existsSync(path) && !mayUse(path));
  if (unusable !== undefined) {
    return failed(
      'data folder',
      `this user may not read and write ${unusable}`,
      'run it as the user that Klawing runs as',
    );
  }
  return openTo(root) === 0
    ? ok('data folder', root)
    : warning('data folder', `${root}, mode ${modeOf(root)}: others can list it`, `chmod 700 ${root}`);
};

/** Access to the data folder: the service can use it, and others cannot read its secrets and readings. */
export const checkFolder: DoctorCheck = ({ folder }) => {
  const secrets = [folder.operatorToken, folder.secretKey, folder.demoSecrets].filter((path) => existsSync(path));
  return [checkRoot(folder), ...checkContent(folder), ...secrets.map(checkSecret)];
};
