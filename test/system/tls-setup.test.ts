import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { testService } from '#test/support/servers/service.ts';

const run = promisify(execFile);

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const modeOf = (path: string): number => statSync(path).mode & 0o777;

const verified = async (folder: string, name: string): Promise<string> => {
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', name];
  return (await run('openssl', [...args, '-CAfile', join(folder, 'ca.pem'), join(folder, 'server.pem')])).stdout.trim();
};

/** The serial number of the certificate that a server shows to whoever trusts the authority. */
const serialAt = (port: number, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(ca), servername: 'localhost' }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.on('error', reject);
  });

test('klawing tls init makes an authority and a certificate, and overwrites neither', async () => {
  const out = join(tempFolder(), 'tls');
  const { cli } = await testService({ parts: [] });
  const made = await cli(
    'tls',
    'init',
    '--out',
    out,
    '--name',
    'klawing.dlh.local',
    '--name',
    '192.168.1.10',
    '--days',
    '30',
  );
  expect(made.status, made.err).toBe(0);
  for (const name of ['klawing.dlh.local', 'localhost']) expect(await verified(out, name)).toMatch(/: OK$/);
  await run('openssl', [
    'verify',
    '-CAfile',
    join(out, 'ca.pem'),
    '-verify_ip',
    '192.168.1.10',
    join(out, 'server.pem'),
  ]);
  await expect(verified(out, 'another.example')).rejects.toThrow('hostname mismatch');
  expect(['ca.key', 'server.key'].map((name) => modeOf(join(out, name)))).toEqual([0o600, 0o600]);
  expect(['ca.pem', 'server.pem'].map((name) => modeOf(join(out, name)))).toEqual([0o644, 0o644]);
  for (const word of ['KLAWING_TLS_CERT=', '--cafile', '--cacert', 'ESP32', 'Windows', 'Android', 'iOS']) {
    expect(made.out).toContain(word);
  }

  const [authority, server] = ['ca.pem', 'server.pem'].map((name) => hashOf(join(out, name)));
  const again = await cli('tls', 'init', '--out', out);
  expect(again.status).toBe(1);
  expect(again.err).toContain('--force');
  expect(['ca.pem', 'server.pem'].map((name) => hashOf(join(out, name)))).toEqual([authority, server]);

  expect((await cli('tls', 'renew', '--out', out)).status).toBe(0);
  expect(hashOf(join(out, 'ca.pem'))).toBe(authority);
  expect(hashOf(join(out, 'server.pem'))).not.toBe(server);
  expect(await verified(out, 'klawing.dlh.local')).toMatch(/: OK$/);

  expect((await cli('tls', 'init', '--out', out, '--force')).status).toBe(0);
  expect(hashOf(join(out, 'ca.pem'))).not.toBe(authority);

  expect((await cli('tls', 'init', '--out', out, '--days', '900')).status).toBe(2);
  expect((await cli('tls', 'init', '--out', join(out, 'x'), '--name', 'a b')).err).toContain(
    'neither a name nor an address',
  );
  expect((await cli('tls', 'renew', '--out', join(out, 'x'))).err).toContain('klawing tls init');
});

test('MQTT and HTTPS use the certificate, and a renewed one without a restart', async () => {
  const data = join(tempFolder(), 'data');
  const { cli } = await testService({ parts: [], data });
  expect((await cli('tls', 'init')).status).toBe(0);
  const folder = join(data, 'tls');
  const ca = join(folder, 'ca.pem');
  const [tlsPort, wssPort] = [await freePort(), await freePort()];
  const service = await testService({
    data,
    config: `broker: { tlsPort: ${tlsPort}, wssPort: ${wssPort} }\n`,
    env: { KLAWING_TLS_CERT: join(folder, 'server.pem'), KLAWING_TLS_KEY: join(folder, 'server.key') },
  });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const secret = await service.addDevice('pbg-a01', 'PBG-A01');

  const topic = 'v1/pbg-a01/readings';
  const to = ['-h', 'localhost', '-p', String(tlsPort), '-q', '1', '-i', 'pbg-a01', '-u', 'pbg-a01', '-P', secret];
  await run('mosquitto_pub', [...to, '--cafile', ca, '-t', topic, '-m', '{"pm2_5": 38.5}']);
  await expect(run('mosquitto_pub', [...to, '--capath', '/etc/ssl/certs', '-t', topic, '-m', '{}'])).rejects.toThrow();
  expect((await untilProcessed(service)).balanced).toBe(true);

  const url = `https://localhost:${service.ports.https}`;
  const { stdout } = await run('curl', ['-sS', '--cacert', ca, `${url}/v1/latest?family=air`]);
  expect(stdout).toContain('38.5');
  await expect(run('curl', ['-sS', `${url}/healthz`])).rejects.toThrow('certificate');

  const ports = [service.ports.https, tlsPort, wssPort];
  const before = await Promise.all(ports.map((port) => serialAt(port, ca)));
  expect((await cli('tls', 'renew')).status).toBe(0);
  await eventually(async () => {
    const after = await Promise.all(ports.map((port) => serialAt(port, ca)));
    for (const [index, serial] of after.entries()) expect(serial).not.toBe(before[index]);
  });
});
