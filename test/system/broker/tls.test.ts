import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, contentOf, type Pair } from '#test/support/servers/authority.ts';
import { secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A broker with a server certificate and an authority for clients, and a way to connect over either listener. */
const secureBroker = async () => {
  const ca = authority('klawing-devices');
  const other = authority('another');
  const server = ca.issue('/CN=localhost');
  const crl = ca.crl();
  const started = await testBroker({ tls: { ...server, clientCa: ca.cert, crl } });
  const { broker } = started;
  const connectBy = async (over: 'tls' | 'wss', shown: Pair | undefined, options: IClientOptions = {}) => {
    const url = over === 'tls' ? `mqtts://127.0.0.1:${broker.tlsPort}` : `wss://127.0.0.1:${broker.wssPort}/mqtt`;
    const client: MqttClient = mqtt.connect(url, {
      ...(shown === undefined ? {} : contentOf(shown)),
      clientId: 'river-01',
      rejectUnauthorized: false,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...options,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client
      .on('connect', () => resolve())
      .on('error', reject)
      .on('close', () => reject(new Error('closed')));
    await promise;
    onTestFinished(() => client.endAsync(true));
    return client;
  };
  return { ...started, ca, other, server, connectBy };
};

const password = { username: 'river-01', password: secretOf('river-01') };

describe.for(['tls', 'wss'] as const)('a client certificate over %s', (over) => {
  test('is an identity by itself: its device publishes without a secret, in its own name alone', async () => {
    const { ca, connectBy, journal } = await secureBroker();
    const device = await connectBy(over, ca.issue('/CN=river-01'));
    await device.publishAsync('v1/river-01/readings', 'x', { qos: 1 });
    expect(journal.entries.at(-1)).toMatchObject({ kind: 'readings', sender: 'river-01' });
    device.publish('v1/air-07/readings', 'x', { qos: 1 });
    await eventually(() => expect(device.connected).toBe(false));
    expect(journal.entries.some(({ kind, sender }) => kind === 'readings' && sender === 'air-07')).toBe(false);
  });

  test('names its device by a DNS name where it has no CN', async () => {
    const { ca, connectBy } = await secureBroker();
    const device = await connectBy(over, ca.issue('/O=agency', { dns: 'river-01' }));
    expect(device.connected).toBe(true);
  });

  test('is refused when it has expired, is of another authority or revoked, whatever the secret beside it', async () => {
    const { ca, other, connectBy, log } = await secureBroker();
    const expired = ca.issue('/CN=river-01', { isExpired: true });
    await expect(connectBy(over, expired, password)).rejects.toThrow();
    await expect(connectBy(over, other.issue('/CN=river-01'), password)).rejects.toThrow();
    const told = log.lines.map(({ fields }) => `${String(fields['reason'])} ${String(fields['error'])}`);
    expect(told).toContain('tls CERT_HAS_EXPIRED');
  });

  test('is refused when its device is not registered, or another user name stands beside it', async () => {
    const { ca, connectBy } = await secureBroker();
    const stranger = { clientId: 'stranger' };
    await expect(connectBy(over, ca.issue('/CN=stranger'), stranger)).rejects.toThrow(/Bad user/i);
    const wrong = { username: 'air-07', password: secretOf('air-07'), clientId: 'air-07' };
    await expect(connectBy(over, ca.issue('/CN=river-01'), wrong)).rejects.toThrow(/Bad user/i);
    const operator = ca.issue('/CN=operator');
    await expect(connectBy(over, operator, { clientId: 'laptop' })).rejects.toThrow(/Bad user/i);
  });

  test('may be absent: then a secret decides, unless the device takes certificates only', async () => {
    const { connectBy, credentials } = await secureBroker();
    expect((await connectBy(over, undefined, password)).connected).toBe(true);
    credentials.add('river-01', secretOf('river-01'), { isCertificateOnly: true });
    credentials.refresh();
    await expect(connectBy(over, undefined, password)).rejects.toThrow(/Bad user/i);
  });

  test('that is revoked by a newer list is cut from its connection, and does not come back', async () => {
    const { ca, connectBy, log } = await secureBroker();
    const [kept, lost] = [ca.issue('/CN=air-07'), ca.issue('/CN=river-01')];
    const stays = await connectBy(over, kept, { clientId: 'air-07' });
    const goes = await connectBy(over, lost);
    ca.revoke(lost.cert);
    ca.crl();
    await eventually(() => expect(goes.connected).toBe(false));
    expect(stays.connected).toBe(true);
    expect(log.lines.map(({ fields }) => fields['reason'])).toContain('revoked');
    await expect(connectBy(over, lost)).rejects.toThrow();
    const told = log.lines.map(({ fields }) => fields['error']);
    expect(told).toContain('CERT_REVOKED');
  });
});

describe.for(['tls', 'wss'] as const)('the %s port', (over) => {
  test('speaks no TLS 1.1 and no plain text', async () => {
    const { broker, log } = await secureBroker();
    const port = (over === 'tls' ? broker.tlsPort : broker.wssPort) ?? 0;
    const { promise, resolve } = Promise.withResolvers<string>();
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...old });
    socket.on('secureConnect', () => resolve('connected')).on('error', ({ message }) => resolve(message));
    expect(await promise).toMatch(/protocol version/i);
    const plain = connect(port, '127.0.0.1');
    onTestFinished(() => void plain.destroy());
    let isClosed = false;
    plain.on('error', () => undefined).on('close', () => (isClosed = true));
    plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(isClosed).toBe(true));
    expect(log.lines.map(({ fields }) => fields['reason'])).toContain('tls');
  });
});

describe('the files of TLS', () => {
  test('are read again when they change, without a restart; a broken file is reported and the old one stays in use', async () => {
    const ca = authority('klawing-devices');
    const [first, second] = [ca.issue('/CN=first'), ca.issue('/CN=second')];
    const folder = tempFolder();
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const put = (pair: Pair): void => {
      copyFileSync(pair.cert, cert);
      copyFileSync(pair.key, key);
    };
    put(first);
    const { broker, log, client } = await testBroker({ tls: { cert, key } });
    const shown = (): Promise<string> => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const socket = connectTls({ port: broker.tlsPort ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', reject).on('secureConnect', () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      return promise;
    };
    const device = await client('river-01');
    expect(await shown()).toBe('first');
    writeFileSync(cert, 'broken');
    await eventually(() => expect(log.lines.some(({ level }) => level === 'error')).toBe(true));
    expect(await shown()).toBe('first');
    put(second);
    broker.reloadTls();
    expect(await shown()).toBe('second');
    expect(device.connected).toBe(true);
  });

  test('are refused at the start with the setting that is wrong', async () => {
    const ca = authority('klawing-devices');
    const [one, other] = [ca.issue('/CN=localhost'), ca.issue('/CN=localhost')];
    await expect(testBroker({ tls: { cert: one.cert, key: other.key } })).rejects.toThrow(/do not fit/);
    const garbage = join(tempFolder(), 'garbage.pem');
    writeFileSync(garbage, readFileSync(one.key));
    await expect(testBroker({ tls: { ...one, clientCa: garbage } })).rejects.toThrow(/KLAWING_TLS_CLIENT_CA/);
    const wrongList = { ...one, clientCa: ca.cert, crl: garbage };
    await expect(testBroker({ tls: wrongList })).rejects.toThrow(/KLAWING_TLS_CRL/);
    await expect(testBroker({ tls: { ...one, crl: ca.crl() } })).rejects.toThrow(/clientCa/);
  });
});
