import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BrokerClient, startBrokerClient } from '#broker/client/broker-client.ts';
import { WAIT } from '#test/support/limits.ts';
import { systemClock } from '#model/base/clock.ts';
import { type Duration } from '#model/base/duration.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export interface Heard {
  readonly call: string;
  readonly body: string;
}

/** An HTTP server on a Unix socket that answers as a test tells it to; unless told, as a broker in health. */
export interface SocketBroker {
  readonly socketPath: string;
  readonly heard: readonly Heard[];
  /** Answers every call under this path from now on; `undefined` lets it hang. */
  answer(path: string, status: number | undefined, body?: string): void;
  /** Closes the connections of calls that hang. */
  dropCalls(): void;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

const HEALTH = {
  journal: { id: 'j-1', first: 1, last: 9, segments: 1, bytes: 900, lastCommitMs: 1, commits: 9 },
  connections: 2,
};

const USUAL: Readonly<Record<string, readonly [status: number, body: string]>> = {
  '/publish': [204, ''],
  '/withdraw': [204, ''],
  '/registry-changed': [204, ''],
  '/disconnect': [200, '{"connections":1}'],
  '/passed': [204, ''],
  '/received': [200, '{"journal":"j-1","through":9,"hours":[]}'],
  '/synced': [200, '{"last":9}'],
  '/refusals': [200, '{"refusals":[]}'],
  '/health': [200, JSON.stringify(HEALTH)],
  '/metrics': [200, 'klawing_broker_connections 2\n'],
};

export const socketBroker = async (): Promise<SocketBroker> => {
  const socketPath = join(tempFolder(), 'broker.sock');
  const heard: Heard[] = [];
  const told = new Map<string, readonly [status: number | undefined, body: string]>(Object.entries(USUAL));
  let sequence = 0;
  let server: Server | undefined;

  const comeBack = async (): Promise<void> => {
    const started = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        heard.push({ call: `${request.method} ${request.url}`, body: Buffer.concat(chunks).toString() });
        const path = request.url?.split('?')[0] ?? '';
        if (path === '/append' || path === '/forward') sequence += 1;
        const [status, body] = told.get(path) ?? [200, `{"journal":"j-1","sequence":${sequence}}`];
        if (status !== undefined) response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => started.listen(socketPath, resolve));
    server = started;
  };

  const goAway = (): Promise<void> =>
    new Promise((resolve) => {
      if (server === undefined) resolve();
      server?.close(() => resolve());
      server?.closeAllConnections();
      server = undefined;
    });

  await comeBack();
  onTestFinished(goAway);
  return {
    socketPath,
    heard,
    answer: (path, status, body = '') => void told.set(path, [status, body]),
    dropCalls: () => server?.closeAllConnections(),
    goAway,
    comeBack,
  };
};

/** A client of it; it ends with the running test. */
export const linkTo = (socketPath: string, timeout: Duration = WAIT, maxCalls = 16): BrokerClient => {
  const link = startBrokerClient({ socketPath, timeout, maxCalls }, { clock: systemClock });
  onTestFinished(() => link.stop());
  return link;
};
