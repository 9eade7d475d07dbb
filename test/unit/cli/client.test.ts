import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeClient } from '#cli/client.ts';
import { Secret } from '#model/base/secret.ts';
import { freePort } from '#test/support/servers/free-port.ts';

describe('a long answer', () => {
  test('is a fault where the service ends in the middle of it', async () => {
    const port = await freePort();
    const server = createServer((_, reply) => {
      reply.writeHead(200, { 'content-type': 'application/x-ndjson' });
      reply.write('{"done":1}\n', () => reply.destroy());
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const client = makeClient(`http://127.0.0.1:${port}`, new Secret('a'.repeat(16)));
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const chunk of client.stream('/v1/backup', 'application/x-ndjson', {})) seen.push(String(chunk));
    };
    await expect(reading()).rejects.toMatchObject({ name: 'Fault', code: 'SERVICE_STOPPED', retry: true });
  });
});
