import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Environment } from '#cli/environment.ts';
import { readSettings } from '#cli/settings.ts';
import { Fault } from '#model/base/fault.ts';
import { openDataFolder } from '#runtime/data-folder.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const fileOf = (text: string, name = 'klawing.yaml'): string => {
  const path = join(tempFolder(), name);
  writeFileSync(path, text);
  return path;
};

const faultOf = (read: () => unknown): Fault => {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('the settings are accepted');
};

/** A settings file, what is wrong with it, and what to write. */
const FILES: readonly (readonly [file: string, says: RegExp])[] = [
  ['brokr: {}', /"brokr" is not a setting/],
  ['broker: { mqttPort: 8083 }', /"broker\.wsPort".* 8083 is the port of broker\.mqttPort too; give each listener/],
  ['broker: { wsPort: 8080 }', /"api\.port".* 8080 is the port of broker\.wsPort too/],
  ['{ broker: { host: "10.0.0.1", wsPort: 8080 }, api: { host: "0.0.0.0" } }', /"api\.port".* 8080 is the port of/],
  [
    'broker: { tlsPort: 1883, tls: { cert: a, key: b } }',
    /"broker\.tlsPort" is 1883: 1883 is the port of broker\.mqttPort/,
  ],
  ['broker: { mqttPort: 70000 }', /"broker\.mqttPort" is 70000: a port is a number from 1 to 65535/],
  ['broker: { mqttPort: mqtt }', /"broker\.mqttPort" is "mqtt": a port is a number/],
  ['broker: { host: "0.0.0.0:1883" }', /"broker\.host" is .*neither protocol nor port; write 127\.0\.0\.1/],
  ['api: { host: "http://localhost" }', /"api\.host" is .*neither protocol nor port/],
  ['broker: { tls: { cert: cert.pem } }', /"broker\.tls\.key" is not set: TLS needs the key .*KLAWING_TLS_KEY/],
  ['broker: { tls: { key: key.pem } }', /"broker\.tls\.cert" is not set: TLS needs a certificate .*KLAWING_TLS_CERT/],
  ['broker: { tls: { cert: a, key: b, crl: c } }', /"broker\.tls\.crl" is "c": .*KLAWING_TLS_CLIENT_CA/],
  ['broker: { maxPacketBytes: 0 }', /"broker\.maxPacketBytes" is 0: nothing fits into 0 bytes/],
  ['broker: { maxPacketBytes: 1GiB }', /"broker\.maxPacketBytes" is "1GiB": MQTT has no packets above 256 MiB/],
  [
    'broker: { limits: { connectBytes: 2MiB } }',
    /"broker\.limits\.connectBytes" is "2MiB": it is larger than broker\.maxPacketBytes/,
  ],
  [
    'broker: { sessions: { allBytes: 1MiB } }',
    /"broker\.sessions\.bytes" is not set: it is larger than broker\.sessions\.allBytes/,
  ],
  ['broker: { limits: { keepaliveLeast: 1d } }', /"broker\.limits\.keepaliveLeast" is "1d": .*keepaliveMost; lower it/],
  ['broker: { connectTimeout: 0s }', /"broker\.connectTimeout" is "0s": .*24d at most; write/],
  ['api: { requestTimeout: 60d }', /"api\.requestTimeout" is "60d": .*24d at most/],
  ['api: { maxBodyBytes: 128MiB }', /"api\.limits\.postBytes" is not set: a body of api\.maxBodyBytes does not fit/],
  ['api: { tilesUrl: "tiles/{z}/{x}/{y}" }', /"api\.tilesUrl" is .*begins with http/],
  ['journal: { maxBytes: 64MiB }', /"journal\.maxBytes" is "64MiB": .*raise it, or lower journal\.segmentBytes/],
  ['journal: { segmentBytes: 0 }', /"journal\.segmentBytes" is 0: nothing fits/],
  ['ingest: { probeEvery: 0s }', /"ingest\.probeEvery" is "0s"/],
  ['store: { kind: postgres }', /"store\.kind" is "postgres": there is no such store; write duckdb or influx/],
  ['store: { kind: duckdb, retention: 7d }', /"store\.retention" is "7d": readings are kept for 30d at least/],
  [
    '{ store: { kind: duckdb, retention: 40d }, journal: { keepRaw: 60d } }',
    /"store\.retention" is "40d": a replay .*journal\.keepRaw or more/,
  ],
  ['store: { kind: influx, url: "localhost:8086" }', /"store\.url" is "localhost:8086": .*begins with http/],
  ['store: { kind: influx, url: "http://u:p@localhost:8086" }', /"store\.url" is .*neither user nor password/],
  ['store: { kind: influx, user: klawing }', /"store\.password" is not set: a user .*KLAWING_INFLUX_PASSWORD/],
  ['store: { kind: influx, password: secret }', /"store\.user" is not set: a password needs its user/],
  ['store: { kind: influx, token: "" }', /"store\.token" is hidden: it is empty/],
  ['store: { kind: influx, writePath: write }', /"store\.writePath" is "write": a path begins with/],
  ['alerts: { link: "klawing.example.go.id" }', /"alerts\.link" is .*http:\/\/ or https:\/\//],
  [
    'alerts: { channels: { webhook: { url: "http://a" } } }',
    /"alerts\.channels\.webhook\.secret" is not set: .*16 characters/,
  ],
  [
    'alerts: { channels: { webhook: { url: "http://u:p@a", secret: aaaaaaaaaaaaaaaa } } }',
    /"alerts\.channels\.webhook\.url" is .*neither user/,
  ],
  ['readToken: short', /"readToken" is hidden: a token needs 16 characters or more/],
  ['readToken: "sixteen with a blank"', /"readToken" is hidden: .*visible ASCII/],
  ['data: ""', /"data" is "": a data folder has a path; for example \.\/data/],
  ['[1]', /it holds no settings/],
];

const MAIL = { KLAWING_ALERT_EMAIL_TO: 'a@example.org', KLAWING_ALERT_EMAIL_FROM: 'alert@example.go.id' };

/** The environment, what is wrong with it, and what to write. */
const ENVIRONMENTS: readonly (readonly [env: Environment, says: RegExp])[] = [
  [{ KLAWING_MQTT_PROT: '1883' }, /KLAWING_MQTT_PROT is not a variable of Klawing; known are .*KLAWING_MQTT_PORT/],
  [{ KLAWING_MQTT_PORT: 'x' }, /KLAWING_MQTT_PORT is "x", not a number; for example KLAWING_MQTT_PORT=1883/],
  [{ KLAWING_INSECURE: 'yes' }, /KLAWING_INSECURE is "yes", not true or false/],
  [{ KLAWING_STORE: 'influxdb' }, /"store\.kind" is "influxdb": .*write duckdb or influx/],
  [{ KLAWING_TLS_CERT: 'cert.pem' }, /"broker\.tls\.key" is not set/],
  [{ KLAWING_TLS_CLIENT_CA: 'ca.pem' }, /"broker\.tls\.cert" is not set/],
  [
    { KLAWING_READ_TOKEN: 'a-token-of-16-characters', KLAWING_READ_TOKEN_FILE: '/run/token' },
    /are both set; set one of them/,
  ],
  [{ KLAWING_READ_TOKEN_FILE: '/no/such/file' }, /KLAWING_READ_TOKEN_FILE is .*a file that holds the value/],
  [
    { ...MAIL, KLAWING_SMTP_URL: 'mail.example.go.id' },
    /"alerts\.channels\.email\.smtp" is hidden: an address such as smtp:/,
  ],
  [
    { ...MAIL, KLAWING_SMTP_URL: 'smtp://user:100%sure@mail.example.go.id' },
    /email\.smtp" is hidden: .*write % as %25/,
  ],
  [{ ...MAIL, KLAWING_SMTP_URL: 'smtp://user:12#3@mail.example.go.id' }, /email\.smtp" is hidden: .*# as %23/],
  [MAIL, /"alerts\.channels\.email\.smtp" is not set: an address such as/],
];

describe('a setting that cannot work is refused at the start, with what to write', () => {
  test.for(FILES)('%s', ([text, says]) => {
    const fault = faultOf(() => readSettings(fileOf(text), {}));
    expect(fault.code).toBe('SETTING_INVALID');
    expect(fault.detail).toMatch(says);
  });

  test.for(ENVIRONMENTS)('%j', ([env, says]) => {
    const fault = faultOf(() => readSettings(fileOf(''), env));
    expect(fault.code).toBe('SETTING_INVALID');
    expect(fault.detail).toMatch(says);
    expect(fault.detail).not.toMatch(/100%sure|12#3|a-token-of-16/);
  });

  test('a file of a secret that is empty', () => {
    const fault = faultOf(() => readSettings(fileOf(''), { KLAWING_READ_TOKEN_FILE: fileOf('\n', 'token') }));
    expect(fault.detail).toMatch(/KLAWING_READ_TOKEN_FILE is .*a file that holds the value/);
  });

  test('a data folder that is a file, or below one', () => {
    const path = fileOf('');
    for (const folder of [path, join(path, 'data')]) {
      const fault = faultOf(() => openDataFolder(folder));
      expect(fault).toMatchObject({ code: 'SETTING_INVALID', detail: expect.stringContaining('set KLAWING_DATA') });
    }
  });
});

test.for([
  'broker: { mqttPort: 0, wsPort: 0 }',
  '{ broker: { host: "127.0.0.1", wsPort: 8080 }, api: { host: "::1" } }',
  'broker: { host: "::", insecure: true }',
  'broker: { host: "fe80::1%eth0" }',
  'api: { host: localhost }',
  '{ store: { kind: duckdb, retention: 30d }, journal: { keepRaw: 30d } }',
  'store: { kind: influx, url: "https://influx.example.go.id:8086/base", token: t }',
  'alerts: { channels: { email: { smtp: "smtp://u%40x:100%25@mail:587", to: a@example.org, from: b@example.go.id } } }',
])('%s is accepted', (text) => {
  expect(() => readSettings(fileOf(text), {})).not.toThrow();
});
