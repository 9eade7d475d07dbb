import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** One post as it came in. */
export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** True when the signature is that of this body at this time, under the secret. */
  readonly isSigned: boolean;
}

/** The part of a webhook's body that tests read. */
export const HookBody = z.object({
  id: z.string(),
  test: z.boolean(),
  link: z.string(),
  alert: z.looseObject({ id: z.number(), state: z.string(), station: z.string(), rule: z.string(), value: z.number() }),
});

export interface TestHook {
  readonly url: string;
  readonly posts: readonly Posted[];
  /** From now on answers so; `undefined` lets the posts hang, which are kept all the same. */
  answer(status: number | undefined, headers?: Readonly<Record<string, string>>): void;
}

/** An HTTP server that takes posts, with the key of their signatures. */
export const hookServer = async (secret: string): Promise<TestHook> => {
  const posts: Posted[] = [];
  let answer: readonly [number | undefined, Readonly<Record<string, string>>] = [204, {}];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const signed = `${String(request.headers['x-klawing-timestamp'])}.${body}`;
      const expected = `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`;
      const isSigned = request.headers['x-klawing-signature'] === expected;
      posts.push({ path: request.url ?? '', headers: request.headers, body, isSigned });
      const [status, headers] = answer;
      if (status !== undefined) response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    posts,
    answer: (status, headers = {}) => {
      answer = [status, headers];
    },
  };
};
