import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Programs of peers. A variable such as `TEST_TELEGRAF` names the path of one that is not on `PATH`. */
export type ProgramName = 'mosquitto' | 'telegraf' | 'node-red' | 'influxd';

/** Folders of servers that are often not on `PATH`. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin', '/usr/bin'];

type Environment = Readonly<Record<string, string | undefined>>;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The name of the variable for a program. */
const variableOf = (name: ProgramName): string => `TEST_${name.toUpperCase().replace('-', '_')}`;

/**
 * The path of a program. Undefined when it is not installed.
 * @throws Error for a variable that names a file which cannot be run
 */
export const findProgram = (name: ProgramName, env: Environment = process.env): string | undefined => {
  const variable = variableOf(name);
  const given = env[variable] ?? '';
  if (given !== '' && !isExecutable(given)) throw new Error(`${variable} is ${given}, which is not a program`);
  if (given !== '') return given;
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path));
};

/** The sentence for a peer that is not installed. */
export const notInstalled = (name: ProgramName): string =>
  `${name} is not installed: it is neither on PATH nor named by ${variableOf(name)}`;
