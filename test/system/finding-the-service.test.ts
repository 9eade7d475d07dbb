import { once } from 'node:events';
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '#test/support/servers/free-port.ts';
import { type Outcome, runKlawing } from '#test/support/servers/klawing.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A web server that is not Klawing. */
const stranger = async (): Promise<number> => {
  const port = await freePort();
  const server = createServer((_, reply) => reply.writeHead(404).end('not here')).listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
};

/** A verb in a terminal where nobody has set the ports of the service. */
const elsewhere = (service: Service, httpPort: number, ...args: readonly string[]): Promise<Outcome> =>
  runKlawing([...args], {
    env: { KLAWING_DATA: service.data, KLAWING_HTTP_PORT: String(httpPort) },
    folder: tempFolder(),
  });

test('a verb finds the service that uses its folder by what that has noted, and nothing where it was killed', async () => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const port = await stranger();
  const listed = { status: 0, out: expect.stringContaining('PBG-A01') };
  expect(await elsewhere(service, port, 'station', 'list')).toMatchObject(listed);

  await service.kill('ingest', 'SIGKILL');
  expect(existsSync(join(service.data, 'api.json'))).toBe(true);
  expect(await elsewhere(service, port, 'station', 'list')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^JOURNAL_LOCKED: .* no service answers at .*; try again in a few seconds/),
  });
  await service.kill('broker', 'SIGKILL');
  expect(await elsewhere(service, port, 'station', 'list')).toMatchObject(listed);

  service.start('broker');
  service.start('ingest');
  await service.ready();
  await service.stop();
  expect(existsSync(join(service.data, 'api.json'))).toBe(false);
});

test('an up whose ports another service has says so, and not that it is ready', async () => {
  const service = await testService();
  await service.ready();
  const { status, out, err } = await runKlawing(['up'], {
    env: {
      KLAWING_DATA: tempFolder(),
      KLAWING_MQTT_PORT: String(service.ports.mqtt),
      KLAWING_WS_PORT: String(service.ports.ws),
      KLAWING_HTTP_PORT: String(service.ports.http),
    },
    folder: tempFolder(),
  });
  expect(status).toBe(1);
  expect(err).toContain('PORT_IN_USE');
  expect(out).not.toContain('is ready');
});
