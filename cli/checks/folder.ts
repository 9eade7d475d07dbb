import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Check, failed, type Finding, ok, warning } from './check.ts';

const GROUP_AND_OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

const mayUse = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const checkSecret = (path: string): Finding => {
  const mode = statSync(path).mode & 0o777;
  const check = `secrets: ${basename(path)}`;
  return (mode & GROUP_AND_OTHERS) === 0
    ? ok(check, 'only its owner may read it')
    : failed(check, `mode ${mode.toString(8)}: others may read it`, `chmod 600 ${path}, and change it if others did`);
};

/** Whether the service may write its folder, and others may not read its secrets. */
export const checkFolder: Check = ({ folder }) => {
  const mode = statSync(folder.root).mode & 0o777;
  const unusable = [folder.root, folder.journal, folder.operations].filter((path) => existsSync(path) && !mayUse(path));
  const [first] = unusable;
  const root =
    first !== undefined
      ? failed('data folder', `this user may not read and write ${first}`, 'run it as the user that Klawing runs as')
      : (mode & OTHERS_WRITE) === 0
        ? ok('data folder', folder.root)
        : warning('data folder', `${folder.root}: others may write it`, `chmod 750 ${folder.root}`);
  const secrets = [folder.operatorToken, folder.secretKey, folder.demoSecrets].filter((path) => existsSync(path));
  return [root, ...secrets.map(checkSecret)];
};
