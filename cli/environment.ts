import { readFileSync } from 'node:fs';
import { Fault } from '#model/base/fault.ts';

/** One environment variable: the settings that it overrides, the kind of its value, and whether a file may hold it. */
export interface Variable {
  readonly name: string;
  /** Paths into `klawing.yaml`, with dots. */
  readonly keys: readonly string[];
  readonly example: string;
  /** True when `<name>_FILE`, a path to a file with the value, may be set instead. */
  readonly isSecret?: true;
  readonly kind?: 'boolean' | 'number';
}

/** Every variable that Klawing reads. `docs/operating.md` lists the same; a test keeps the two equal. */
export const VARIABLES: readonly Variable[] = [
  { name: 'KLAWING_DATA', keys: ['data'], example: './data' },
  { name: 'KLAWING_HOST', keys: ['broker.host', 'api.host'], example: '0.0.0.0' },
  { name: 'KLAWING_MQTT_PORT', keys: ['broker.mqttPort'], example: '1883', kind: 'number' },
  { name: 'KLAWING_WS_PORT', keys: ['broker.wsPort'], example: '8083', kind: 'number' },
  { name: 'KLAWING_HTTP_PORT', keys: ['api.port'], example: '8080', kind: 'number' },
  { name: 'KLAWING_HTTPS_PORT', keys: ['api.tlsPort'], example: '8443', kind: 'number' },
  { name: 'KLAWING_TRUSTED_PROXIES', keys: ['api.trustedProxies'], example: '127.0.0.0/8,::1,10.1.2.3' },
  { name: 'KLAWING_INSECURE', keys: ['broker.insecure', 'accounts.insecure'], example: 'true', kind: 'boolean' },
  { name: 'KLAWING_TLS_CERT', keys: ['broker.tls.cert'], example: '/etc/klawing/tls/cert.pem' },
  { name: 'KLAWING_TLS_KEY', keys: ['broker.tls.key'], example: '/etc/klawing/tls/key.pem' },
  { name: 'KLAWING_TLS_CLIENT_CA', keys: ['broker.tls.clientCa'], example: '/etc/klawing/tls/devices-ca.pem' },
  { name: 'KLAWING_TLS_CRL', keys: ['broker.tls.crl'], example: '/etc/klawing/tls/devices-crl.pem' },
  { name: 'KLAWING_ACCESS', keys: ['broker.access'], example: 'registered' },
  { name: 'KLAWING_READ_TOKEN', keys: ['readToken'], example: 'a text of 16 characters or more', isSecret: true },
  { name: 'KLAWING_STORE', keys: ['store.kind'], example: 'duckdb' },
  { name: 'KLAWING_INFLUX_URL', keys: ['store.url'], example: 'http://127.0.0.1:8086' },
  { name: 'KLAWING_INFLUX_TOKEN', keys: ['store.token'], example: 'the token of InfluxDB 2', isSecret: true },
  { name: 'KLAWING_INFLUX_ORG', keys: ['store.org'], example: 'klawing' },
  { name: 'KLAWING_INFLUX_BUCKET', keys: ['store.bucket'], example: 'klawing' },
  { name: 'KLAWING_INFLUX_WRITE_PATH', keys: ['store.writePath'], example: '/api/v2/write' },
  { name: 'KLAWING_INFLUX_USER', keys: ['store.user'], example: 'klawing' },
  { name: 'KLAWING_INFLUX_PASSWORD', keys: ['store.password'], example: 'the password of 1.x', isSecret: true },
  {
    name: 'KLAWING_ALERT_WEBHOOK_URL',
    keys: ['alerts.channels.webhook.url'],
    example: 'https://posko.example.go.id/klawing',
  },
  {
    name: 'KLAWING_ALERT_WEBHOOK_SECRET',
    keys: ['alerts.channels.webhook.secret'],
    example: 'a text of 16 characters or more',
    isSecret: true,
  },
  {
    name: 'KLAWING_SMTP_URL',
    keys: ['alerts.channels.email.smtp'],
    example: 'smtp://user:password@mail.example.go.id:587',
    isSecret: true,
  },
  {
    name: 'KLAWING_ALERT_EMAIL_TO',
    keys: ['alerts.channels.email.to'],
    example: 'posko@example.go.id,piket@example.go.id',
  },
  {
    name: 'KLAWING_ALERT_EMAIL_FROM',
    keys: ['alerts.channels.email.from'],
    example: 'Klawing Purbalingga <alert@example.go.id>',
  },
  { name: 'KLAWING_ALERT_EMAIL_EHLO', keys: ['alerts.channels.email.ehlo'], example: 'klawing.example.go.id' },
  {
    name: 'KLAWING_OIDC_ISSUER',
    keys: ['accounts.oidc.issuer'],
    example: 'https://login.example.go.id/realms/klawing',
  },
  { name: 'KLAWING_OIDC_CLIENT_ID', keys: ['accounts.oidc.clientId'], example: 'klawing' },
  {
    name: 'KLAWING_OIDC_CLIENT_SECRET',
    keys: ['accounts.oidc.clientSecret'],
    example: 'the secret that the identity service shows',
    isSecret: true,
  },
  { name: 'KLAWING_OIDC_NAME', keys: ['accounts.oidc.name'], example: 'SSO Purbalingga' },
  { name: 'KLAWING_ALERT_LINK', keys: ['alerts.link'], example: 'https://klawing.example.go.id' },
  { name: 'KLAWING_LOG', keys: ['log'], example: 'info' },
];

export type Environment = Readonly<Record<string, string | undefined>>;

const fromFile = ({ name }: Variable, path: string): string => {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
    throw new Error('the file is empty');
  } catch (cause) {
    throw new Fault(
      'SETTING_INVALID',
      `${name}_FILE is "${path}", which cannot be used; give a path to a file that holds the value`,
      {
        cause,
      },
    );
  }
};

const convert = ({ name, kind, example }: Variable, text: string): string | number | boolean => {
  if (kind === undefined) return text;
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  const wanted = kind === 'boolean' ? 'true or false' : 'a number';
  throw new Fault('SETTING_INVALID', `${name} is "${text}", not ${wanted}; for example ${name}=${example}`);
};

/** Value of a variable, from the environment or from its file; undefined when it is not set. */
export const valueOf = (variable: Variable, env: Environment): string | number | boolean | undefined => {
  const path = variable.isSecret === true ? env[`${variable.name}_FILE`] : undefined;
  const plain = env[variable.name];
  const isFile = path !== undefined && path !== '';
  if (isFile && plain !== undefined && plain !== '') {
    throw new Fault('SETTING_INVALID', `${variable.name} and ${variable.name}_FILE are both set; set one of them`);
  }
  const text = isFile ? fromFile(variable, path) : plain;
  return text === undefined || text === '' ? undefined : convert(variable, text);
};

/** Variables with our prefix that do not exist, so that a typing mistake is reported. */
export const unknownVariables = (env: Environment): readonly string[] => {
  const known = new Set(
    VARIABLES.flatMap(({ name, isSecret }) => (isSecret === true ? [name, `${name}_FILE`] : [name])),
  );
  return Object.keys(env).filter((name) => name.startsWith('KLAWING_') && !known.has(name));
};
