import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Contradiction, refuseAll } from '#model/base/setting.ts';
import { type Environment, VARIABLES, type Variable, unknownVariables, valueOf } from './environment.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { AlertSettings } from '#alerter/settings.ts';
import { BrokerSettings } from '#broker/settings.ts';
import { ApiSettings } from '#api/settings.ts';
import { IngestSettings } from '#ingest/settings.ts';
import { StoreSettings } from '#storage/readings/index.ts';
import { JournalSettings } from '#journal/settings.ts';
import { Fault } from '#model/base/fault.ts';
import { CHOSEN_SECRET_LENGTH, Secret } from '#model/base/secret.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const Parts = z.strictObject({
  data: z
    .string()
    .min(1, 'a data folder has a path')
    .prefault('./data')
    .transform((path) => resolve(path))
    .describe(
      'Folder of the journal, the operations database and the embedded store. Everything that must not be lost is in it.',
    ),
  log: z.enum(LOG_LEVELS).prefault('info').describe('Least level of log lines: debug, info, warn or error.'),
  readToken: z
    .string()
    .min(CHOSEN_SECRET_LENGTH, `a token needs ${CHOSEN_SECRET_LENGTH} characters or more`)
    .regex(/^[\x21-\x7e]+$/, 'a token stands in a header: visible ASCII characters, without blanks')
    .transform((text) => new Secret(text))
    .optional()
    .meta({
      description:
        'Token for reading the API and the console from another machine or through a proxy, 16 characters or more.',
      examples: ['a-text-of-16-characters-or-more'],
    }),
  broker: BrokerSettings.prefault({}).describe('MQTT broker: listeners, access, limits.'),
  journal: JournalSettings.prefault({}).describe(
    'Journal: the synced log of everything that arrived. Its content is acknowledged.',
  ),
  ingest: IngestSettings.prefault({}).describe('Ingest: the pipeline from the journal into the store.'),
  api: ApiSettings.prefault({}).describe('HTTP API and console.'),
  store: StoreSettings.prefault({ kind: 'duckdb' }).describe('Store of readings: duckdb (embedded) or influx.'),
  accounts: AccountSettings.prefault({}).describe(
    'People: sessions, invitations, retention. docs/people.md describes them.',
  ),
  profiles: z
    .string()
    .min(1)
    .transform((path) => resolve(path))
    .optional()
    .meta({
      description:
        'Folder of your own device profiles, one YAML file each, beside those of Klawing. docs/devices.md describes them.',
      examples: ['./config/profiles'],
    }),
  alerts: AlertSettings.prefault({}).describe('Alerts: rules and channels. docs/alerts.md describes both.'),
});
type Parts = z.infer<typeof Parts>;

/** A port that is listened on, and its address. */
interface ListenAddress {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

const listenersOf = ({ broker, api }: Parts): readonly ListenAddress[] => {
  const ports = ['mqttPort', 'wsPort', ...(broker.tls === undefined ? [] : (['tlsPort', 'wssPort'] as const))] as const;
  return [
    ...ports.map((port) => ({ key: `broker.${port}`, host: broker.host, port: broker[port] })),
    { key: 'api.port', host: api.host, port: api.port },
    ...(broker.tls === undefined ? [] : [{ key: 'api.tlsPort', host: api.host, port: api.tlsPort }]),
  ];
};

const EVERY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

/** Whether two listeners would bind one port of one address; 0 is a free port each time. */
const isSamePort = (a: ListenAddress, b: ListenAddress): boolean =>
  a.port !== 0 &&
  a.port === b.port &&
  (a.host === b.host || [a.host, b.host].some((host) => EVERY_ADDRESS.includes(host)));

const samePort = (listener: ListenAddress, at: number, all: readonly ListenAddress[]): Contradiction | undefined => {
  const other = all.slice(0, at).find((before) => isSamePort(before, listener));
  if (other === undefined) return undefined;
  return [listener.key, `${listener.port} is the port of ${other.key} too; give each listener a port of its own`];
};

const tooShortRetention = ({ store: { retention }, journal: { keepRaw } }: Parts): Contradiction | undefined =>
  retention !== undefined && retention.ms < keepRaw.ms
    ? [
        'store.retention',
        'a replay of raw packets would store again what retention has removed; write journal.keepRaw or more, or lower that',
      ]
    : undefined;

/** Schema of `klawing.yaml`; the schema of each part stands with the part. */
export const Settings = Parts.superRefine(
  refuseAll((settings) => [...listenersOf(settings).map(samePort), tooShortRetention(settings)]),
);
export type Settings = z.infer<typeof Settings>;

/** Settings file when `--config` names none; it need not exist. */
const DEFAULT_CONFIG = 'config/klawing.yaml';

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const put = (tree: Tree, path: readonly string[], value: unknown): void => {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const below = tree[key];
  const next: Tree = isTree(below) ? below : {};
  tree[key] = next;
  put(next, rest, value);
};

const readFile = (path: string | undefined): Tree => {
  const file = path ?? DEFAULT_CONFIG;
  if (path === undefined && !existsSync(file)) return {};
  try {
    const given: unknown = parse(readFileSync(file, 'utf8'));
    if (given === null || given === undefined) return {};
    if (isTree(given)) return given;
    throw new Error('it holds no settings');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `${file} cannot be used: ${reason}`, { cause });
  }
};

/** Ignores variables of the other stores: one environment file may hold those of all. */
const isForStore = ({ keys }: Variable): boolean =>
  keys.some((key) => key.startsWith('store.') && key !== 'store.kind');

const at = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((below, key) => (isTree(below) ? below[String(key)] : undefined), tree);

/** Values under these keys are never shown, in any channel or store. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['secret', 'clientSecret', 'smtp', 'token', 'password', 'readToken']);

/** The path of a webhook is often its secret. */
const isOfChannelUrl = (path: readonly PropertyKey[]): boolean => path[1] === 'channels' && path.at(-1) === 'url';

const explain = (tree: Tree, issue: z.core.$ZodIssue): string => {
  const isUnknownKey = issue.code === 'unrecognized_keys';
  const key = [...issue.path, ...(isUnknownKey ? issue.keys.slice(0, 1) : [])].join('.');
  const variable = VARIABLES.find(({ keys }) => keys.includes(key));
  const example =
    variable === undefined ? 'see config/klawing.yaml' : `for example ${variable.example} (${variable.name})`;
  if (isUnknownKey) return `"${key}" is not a setting; ${example}`;
  const isSecret =
    variable?.isSecret === true || SECRET_KEYS.has(String(issue.path.at(-1))) || isOfChannelUrl(issue.path);
  const value = at(tree, issue.path);
  const given = value === undefined ? 'is not set' : `is ${isSecret ? 'hidden' : JSON.stringify(value)}`;
  return `"${key}" ${given}: ${issue.message}; ${example}`;
};

const freeze = <T>(value: T): T => {
  if (isTree(value) && !(value instanceof Secret)) Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

/**
 * Reads the settings: the environment overrides the file, which overrides the defaults. The result is frozen.
 * @param path of the file; `config/klawing.yaml` when undefined, if it is there
 * @throws Fault `SETTING_INVALID` naming the key, what was given and an example
 */
// oxlint-disable-next-line complexity -- one condition for each source of a setting
export const readSettings = (path: string | undefined, env: Environment): Settings => {
  const [unknown] = unknownVariables(env);
  if (unknown !== undefined) {
    const known = VARIABLES.map(({ name }) => name).join(', ');
    throw new Fault('SETTING_INVALID', `${unknown} is not a variable of Klawing; known are ${known}`);
  }
  const tree = readFile(path);
  const set = VARIABLES.map((variable) => ({ variable, value: valueOf(variable, env) }));
  for (const { variable, value } of set) {
    if (value !== undefined && !isForStore(variable)) variable.keys.forEach((key) => put(tree, key.split('.'), value));
  }
  if (at(tree, ['store', 'kind']) === 'influx') {
    for (const { variable, value } of set) {
      if (value !== undefined && isForStore(variable)) variable.keys.forEach((key) => put(tree, key.split('.'), value));
    }
  }
  const read = Settings.safeParse(tree);
  const [issue] = read.error?.issues ?? [];
  if (issue !== undefined) throw new Fault('SETTING_INVALID', explain(tree, issue));
  if (!read.success) throw read.error;
  return freeze(read.data);
};
